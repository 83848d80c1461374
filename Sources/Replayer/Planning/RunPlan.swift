public import Invalidations
public import Replays

/// Plan of a run: what it would do, told before anything is done.
public struct RunPlan: Hashable, Sendable {
    /// Different selectors that are counted; beyond that the number is a lower bound.
    private static let selectorsMax = 1_000_000
    private static let hour: Int64 = 3_600_000

    public private(set) var counts = RunState.Counts()
    public private(set) var byNamespace: [String: Int64] = [:]
    /// Parts by edge; `all` where a request is for all edges that serve its namespace.
    public private(set) var byEdge: [String: Int64] = [:]
    public private(set) var byClass: [String: Int64] = [:]
    /// By the beginning of the hour, in milliseconds since 1970.
    public private(set) var byHour: [Int64: Int64] = [:]
    public private(set) var oldest: Timestamp?
    public private(set) var newest: Timestamp?
    private var selectors: Set<String> = []

    public init() {}

    /// How many different selectors the matched requests name, by namespace.
    public var distinctSelectors: Int { selectors.count }

    mutating func add(_ decision: RunDecision, deadClass: String?, time: Int64?) {
        counts.add(decision)
        guard case .publish(let replayed) = decision else { return }
        counts.published += 1
        add(replayed)
        if let deadClass { byClass[deadClass, default: 0] += 1 }
        if let time { addTime(time) }
    }

    mutating func addLost(_ offsets: Int64) { counts.lost += offsets }

    private mutating func add(_ replayed: ReplayedRecord) {
        let edges = replayed.metadata.parts.map { $0.step.name(of: $0.edge) }
        for edge in edges.isEmpty ? ["all"] : edges { byEdge[edge, default: 0] += 1 }
        guard let invalidation = replayed.invalidation else { return }
        let namespace = invalidation.namespace.name
        byNamespace[namespace, default: 0] += 1
        guard selectors.count < Self.selectorsMax else { return }
        let named = invalidation.selectors
        for tag in named.tags { selectors.insert("\(namespace) t \(tag)") }
        for url in named.urls { selectors.insert("\(namespace) u \(url)") }
        for prefix in named.prefixes { selectors.insert("\(namespace) p \(prefix)") }
        if named.everything { selectors.insert("\(namespace) e") }
    }

    private mutating func addTime(_ time: Int64) {
        guard time >= 0 else { return }
        byHour[time - time % Self.hour, default: 0] += 1
        oldest = min(oldest ?? Timestamp(milliseconds: time), Timestamp(milliseconds: time))
        newest = max(newest ?? Timestamp(milliseconds: time), Timestamp(milliseconds: time))
    }
}
