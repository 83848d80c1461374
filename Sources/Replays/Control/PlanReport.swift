public import Invalidations

/// Plan of a run: what it would do, told before anything is done.
public struct PlanReport: Codable, Hashable, Sendable {
    /// What an edge would have to do.
    public struct EdgeCost: Codable, Hashable, Sendable {
        /// Requests that it gets.
        public var requests: Int64
        /// Calls after batching, each selector once.
        public var calls: Int64
        /// How long the calls take at the edge's limits; nil where it has none.
        public var seconds: Double?

        public init(requests: Int64, calls: Int64, seconds: Double? = nil) {
            (self.requests, self.calls, self.seconds) = (requests, calls, seconds)
        }
    }

    /// Names in a histogram; the others are counted together, as `others`.
    public static let namesMax = 100

    public var counts = RunState.Counts()
    /// Different selectors of what would be published, by namespace.
    public var distinctSelectors: Int64 = 0
    /// There were more of them than are kept apart.
    public var isLowerBound: Bool?
    public var byNamespace: [String: Int64] = [:]
    public var byClass: [String: Int64] = [:]
    /// By the beginning of the hour, as a time of RFC 3339.
    public var byHour: [String: Int64] = [:]
    public var byEdge: [String: EdgeCost] = [:]
    public var oldest: TimeText?
    public var newest: TimeText?
    /// When it was made.
    public var at: TimeText

    public init(at: Timestamp) {
        self.at = TimeText(at)
    }

    /// What a run carries along: states are stored every second.
    public var summary: PlanReport {
        var summary = self
        (summary.byNamespace, summary.byClass, summary.byHour) = ([:], [:], [:])
        return summary
    }
}
