internal import HTTP

/// What a cache node serves, by path.
enum CacheCall {
    /// One entry, named by `key` and `namespace` of the query.
    case entry
    case batch
    case stats
    /// How a namespace's rollout stands.
    case rollout
    /// What a worker asks of the node as an edge.
    case purge
    case live
    case ready
    case metrics

    /// - Parameter path: decoded; a slash at its end makes no difference.
    init?(path: String) {
        switch path.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...] {
        case "/cache": self = .entry
        case "/cache/batch": self = .batch
        case "/cache/stats": self = .stats
        case "/cache/rollout": self = .rollout
        case "/purge": self = .purge
        case "/health/live": self = .live
        case "/health/ready": self = .ready
        case "/metrics": self = .metrics
        default: return nil
        }
    }

    var methods: [String] {
        switch self {
        case .entry: ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
        case .batch, .purge: ["POST", "OPTIONS"]
        case .rollout: ["GET", "HEAD", "POST", "OPTIONS"]
        case .stats, .live, .ready, .metrics: ["GET", "HEAD", "OPTIONS"]
        }
    }

    /// Health and metrics are asked by machines of the operator that hold no tokens.
    var isOpen: Bool {
        switch self {
        case .live, .ready, .metrics: true
        case .entry, .batch, .stats, .rollout, .purge: false
        }
    }

    func kind(_ method: String) -> CacheMetrics.CallKind {
        switch (self, method) {
        case (.entry, "GET"), (.entry, "HEAD"): .get
        case (.entry, "POST"): .set
        case (.entry, "PUT"): .invalidate
        case (.entry, "DELETE"): .delete
        case (.batch, _): .batch
        case (.purge, _): .purge
        case (.entry, _), (.stats, _), (.rollout, _), (.live, _), (.ready, _), (.metrics, _): .other
        }
    }
}
