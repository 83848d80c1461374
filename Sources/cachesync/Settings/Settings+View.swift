import Runtime
import Storage
import Views

// Where the status view is.
extension Settings {
    /// - Throws: `ConfigurationError` where file and server are both set, or the URL is none.
    func view() throws -> ViewLocation {
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
}
