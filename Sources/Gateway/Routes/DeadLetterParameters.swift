internal import HTTP
internal import Invalidations
internal import Replays
internal import Views

/// Query parameters that select dead letters. Several values of one have commas between them.
enum DeadLetterParameters {
    static let filters = [
        "namespace", "class", "edge", "error", "request", "run", "since", "until", "quarantined", "all", "deadLetters",
    ]
    private static let valuesMax = 100
    private static let namesMax = 500

    static func query(_ request: HTTPRequest, limitMax: Int, now: Timestamp) throws(ParameterError) -> DeadLetterQuery {
        var query = DeadLetterQuery()
        for text in try values(of: "namespace", request) {
            do throws(SelectionError) { query.namespaces.append(try Glob(text)) } catch {
                throw ParameterError("namespace", "patterns with commas between them: \(error)")
            }
        }
        query.classes = Set(try values(of: "class", request))
        query.edges = Set(try values(of: "edge", request))
        query.error = request.parameter("error")
        if let text = request.parameter("request") {
            query.request = RequestID(text)
            guard query.request != nil else { throw ParameterError("request", "a UUID in its usual form") }
        }
        if let run = request.parameter("run") {
            guard Replay.isRun(run) else { throw ParameterError("run", "the id of a run") }
            query.run = run
        }
        query.since = try time("since", request, now)
        query.until = try time("until", request, now)
        query.isQuarantined = try truth("quarantined", request)
        query.includesClosed = try truth("all", request) ?? false
        if let text = request.parameter("cursor") {
            query.cursor = DeadLetterCursor(text)
            guard query.cursor != nil else { throw ParameterError("cursor", "the \"next\" of an earlier page") }
        }
        if let limit = try LimitParameter.read(request, max: limitMax) { query.limit = limit }
        return query
    }

    /// Single dead letters; nil where none is named.
    static func names(_ request: HTTPRequest) throws(ParameterError) -> [DeadLetterName]? {
        guard let text = request.parameter("deadLetters") else { return nil }
        var names: [DeadLetterName] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard names.count < namesMax, let name = DeadLetterName(String(word)) else {
                throw ParameterError("deadLetters", "1 to \(namesMax) of PARTITION/OFFSET with commas between them")
            }
            names.append(name)
        }
        return names
    }

    static func grouping(_ request: HTTPRequest) throws(ParameterError) -> DeadLetterGrouping? {
        guard let text = request.parameter("group") else { return nil }
        guard let grouping = DeadLetterGrouping(rawValue: text) else {
            let choices = DeadLetterGrouping.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterError("group", "one of \(choices)")
        }
        return grouping
    }

    private static func values(of name: String, _ request: HTTPRequest) throws(ParameterError) -> [String] {
        guard let text = request.parameter(name) else { return [] }
        let values = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.count <= valuesMax, values.allSatisfy({ !$0.isEmpty }) else {
            throw ParameterError(name, "1 to \(valuesMax) values with commas between them")
        }
        return values
    }

    private static func time(
        _ name: String, _ request: HTTPRequest, _ now: Timestamp
    ) throws(ParameterError) -> Timestamp? {
        guard let text = request.parameter(name) else { return nil }
        guard case .time(let time) = try? TimeBound(text, now: now) else {
            throw ParameterError(name, "a time such as 2026-11-22T10:00:00Z or -2h")
        }
        return time
    }

    private static func truth(_ name: String, _ request: HTTPRequest) throws(ParameterError) -> Bool? {
        switch request.parameter(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw ParameterError(name, "true or false")
        }
    }
}
