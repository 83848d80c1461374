// The routes as documents name them.
extension Route {
    /// Every route once; the parts of its path that vary have their name in braces.
    ///
    /// Calls of other products are left out, since their own documents describe them; so are files for browsers.
    static let all: [Route] = [
        .invalidate, .invalidation("{id}"), .statuses, .status("{id}"), .statusCounts, .failingEdges,
        .statusEvents("{id}"),
        .events, .runs, .run("{id}"), .deadLetters,
        .deadLetter("{partition}/{offset}"), .deadLetterValue("{partition}/{offset}"), .exportedDeadLetters, .redrive,
        .discard, .namespaces, .lag, .audit, .keys, .access, .live, .ready, .metrics, .workerMetrics, .openAPI, .docs,
        .problems,
        .problem("{name}"),
    ]

    var path: String {
        switch self {
        case .invalidate: "/invalidate"
        case .invalidation(let id): "/invalidate/\(id)"
        case .statuses: "/status"
        case .status(let id): "/status/\(id)"
        case .statusCounts: "/status/counts"
        case .failingEdges: "/status/edges"
        case .statusEvents(let id): "/status/\(id)/events"
        case .events: "/events"
        case .runs: "/replays"
        case .run(let id): "/replays/\(id)"
        case .deadLetters: "/dead"
        case .deadLetter(let name): "/dead/\(name)"
        case .deadLetterValue(let name): "/dead/\(name)/value"
        case .exportedDeadLetters: "/dead/export"
        case .redrive: "/dead/redrive"
        case .discard: "/dead/discard"
        case .access: "/access"
        case .namespaces: "/namespaces"
        case .lag: "/lag"
        case .audit: "/audit"
        case .keys: "/keys"
        case .live: "/health/live"
        case .ready: "/health/ready"
        case .metrics: "/metrics"
        case .workerMetrics: "/metrics/workers"
        case .openAPI: "/openapi.json"
        case .docs: "/docs"
        case .problems: "/problems"
        case .problem(let name): "/problems/\(name)"
        case .file(let file): file.rawValue
        case .console(let file): file.path
        // Whatever path its clients use.
        case .dialect: "/"
        }
    }

    var listsDeadLetters: Bool {
        switch self {
        case .deadLetters, .exportedDeadLetters: true
        default: false
        }
    }

    var isAudit: Bool { if case .audit = self { true } else { false } }

    var listsStatuses: Bool {
        switch self {
        case .statuses, .statusCounts, .failingEdges, .namespaces, .audit: true
        default: false
        }
    }

    /// The names in the braces of its path.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The methods that differ: HEAD is answered like GET, and OPTIONS says the methods.
    var documentedMethods: [String] { methods.filter { $0 != "HEAD" && $0 != "OPTIONS" } }
}
