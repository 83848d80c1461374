internal import HTTP
internal import Invalidations
internal import Views

/// Parameters that choose requests of the list.
enum StatusParameters {
    static let names = [
        "id", "wait", "namespace", "state", "since", "until", "source", "key", "edge", "edgeState", "limit", "cursor",
    ]
    /// Longer than any name that records hold.
    private static let textMax = 512

    /// - Returns: nil where the request names none.
    static func time(_ request: HTTPRequest, _ name: String) throws(ParameterError) -> Timestamp? {
        guard let text = request.parameter(name) else { return nil }
        guard let time = Timestamp(text) else {
            throw ParameterError(name, "an RFC 3339 time such as 2026-11-22T10:00:00Z")
        }
        return time
    }

    /// - Returns: nil where the request names none.
    fileprivate static func text(_ request: HTTPRequest, _ name: String) throws(ParameterError) -> String? {
        guard let text = request.parameter(name) else { return nil }
        // No record holds a zero, and PostgreSQL takes none.
        guard !text.isEmpty, text.utf8.count <= textMax, !text.utf8.contains(0) else {
            throw ParameterError(name, "1 to \(textMax) bytes")
        }
        return text
    }

    fileprivate static func states(_ request: HTTPRequest) throws(ParameterError) -> Set<RequestStatus>? {
        guard let text = request.parameter("state") else { return nil }
        let chosen = text.split(separator: ",", omittingEmptySubsequences: false).map {
            RequestStatus(rawValue: String($0))
        }
        guard !chosen.contains(nil) else {
            let choices = RequestStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterError("state", "one or more of \(choices), with commas between them")
        }
        return Set(chosen.compactMap { $0 })
    }

    fileprivate static func edge(_ request: HTTPRequest) throws(ParameterError) -> EdgeCondition? {
        let edge = try text(request, "edge")
        guard let name = request.parameter("edgeState") else { return edge.map { EdgeCondition(edge: $0) } }
        guard let state = EdgeCondition.State(rawValue: name) else {
            let choices = EdgeCondition.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw ParameterError("edgeState", "one of \(choices)")
        }
        return EdgeCondition(edge: edge, state: state)
    }
}

extension StatusQuery {
    init(_ request: HTTPRequest) throws(ParameterError) {
        self.init()
        namespace = try NamespaceParameter.read(request)
        if let states = try StatusParameters.states(request) { statuses = states }
        since = try StatusParameters.time(request, "since")
        until = try StatusParameters.time(request, "until")
        source = try StatusParameters.text(request, "source")
        key = try StatusParameters.text(request, "key")
        edge = try StatusParameters.edge(request)
        if let limit = try LimitParameter.read(request, max: Self.limitMax) { self.limit = limit }
        if let text = request.parameter("cursor") {
            guard let cursor = StatusCursor(text) else {
                throw ParameterError("cursor", "the \"next\" of an earlier page")
            }
            self.cursor = cursor
        }
    }
}
