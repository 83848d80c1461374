import Runtime
import Storage
import Views

// Where the status view is, and how long it keeps what.
extension Settings {
    /// - Throws: `ConfigurationError` where file and server are both set, or the URL is none.
    func view() throws -> ViewLocation {
        try checkViewOfProfile()
        guard let url = try sources.optional("view.url") else { return .file(try sources.string("view.path")) }
        let path = try sources.value("view.path")
        guard path.origin == .default else {
            throw ConfigurationError(
                at: path.origin, key: "view.path", problem: "is set, and view.url is set, too (\(url.origin))",
                hint: "a view is in a file or in PostgreSQL: set one of them")
        }
        do {
            return try .postgres(url: url.text)
        } catch {
            throw ConfigurationError(
                at: url.origin, key: "view.url", problem: "\(error)", hint: "such as postgres://user@host/database")
        }
    }

    /// How long the view keeps what.
    ///
    /// - Throws: `ConfigurationError` for a time that would break what other parts rely on.
    func viewRetention() throws -> ViewRetention {
        let (day, longest) = (Duration.seconds(86_400), Duration.seconds(3_650 * 86_400))
        var retention = ViewRetention()
        // An idempotency key holds for a day, and its request's row is where other gateways find it.
        retention.ended = try sources.duration("view.retention", in: day...longest)
        retention.open = try sources.duration("view.openRetention", in: ViewRetention.openMin...longest)
        // Those who wait for the end of a replay must come to see it.
        retention.replays = try sources.duration("view.replayRetention", in: .seconds(3_600)...longest)
        retention.runs = try sources.duration("view.runRetention", in: day...longest)
        return retention
    }
}
