/// What the gateway serves, by path.
enum Route: Equatable {
    case invalidate
    /// The list, or one request where the query names its id.
    case statuses
    case status(String)
    case live
    case ready
    case metrics

    /// - Parameter path: decoded; a slash at its end makes no difference.
    init?(path: String) {
        let path = path.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...]
        switch path {
        case "/invalidate": self = .invalidate
        case "/status": self = .statuses
        case "/health/live": self = .live
        case "/health/ready": self = .ready
        case "/metrics": self = .metrics
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].isEmpty, parts[1] == "status", !parts[2].isEmpty else { return nil }
            self = .status(String(parts[2]))
        }
    }

    var methods: [String] {
        switch self {
        case .invalidate: ["POST", "OPTIONS"]
        case .statuses, .status, .live, .ready, .metrics: ["GET", "HEAD", "OPTIONS"]
        }
    }

    /// The query parameters that mean something; nil where others are let pass, because those who watch a process
    /// add some of their own.
    var parameters: [String]? {
        switch self {
        case .invalidate: []
        case .statuses: ["id", "wait", "namespace", "state", "since", "limit", "cursor"]
        case .status: ["wait", "namespace"]
        case .live, .ready, .metrics: nil
        }
    }

    /// Health and metrics are asked by machines of the operator that hold no tokens, and tell nothing of requests.
    var isProtected: Bool {
        switch self {
        case .invalidate, .statuses, .status: true
        case .live, .ready, .metrics: false
        }
    }
}
