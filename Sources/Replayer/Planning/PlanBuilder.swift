internal import Basics
internal import Invalidations
internal import Replays

/// Builds the plan of a run from what is decided about each record.
struct PlanBuilder {
    private static let hour: Int64 = 3_600_000
    private static let hoursMax = 24 * 31

    /// Requests that go the same way.
    private struct Way: Hashable {
        let namespace: Namespace?
        /// Names of edges; none for all that serve the namespace.
        let edges: [String]
        let kinds: SelectorKinds
    }

    /// What requests of one way ask for.
    private struct Load {
        var requests: Int64 = 0
        /// Tags, URLs, prefixes, everything.
        var items: [Int64] = [0, 0, 0, 0]
        var bytes: Int64 = 0

        mutating func add(_ selectors: Selectors) {
            requests += 1
            items[0] += Int64(selectors.tags.count)
            items[1] += Int64(selectors.urls.count)
            items[2] += Int64(selectors.prefixes.count)
            items[3] += selectors.everything ? 1 : 0
            bytes += Int64(selectors.byteCount)
        }
    }

    /// Ways that are kept apart; what goes another way is counted by its number alone.
    private static let waysMax = 100_000

    private let profiles: [String: EdgeProfile]
    private let isCoalesced: Bool
    private(set) var counts = RunState.Counts()
    private var union = SelectorUnion()
    private var loads: [Way: Load] = [:]
    private var byNamespace: [String: Int64] = [:]
    private var byClass: [String: Int64] = [:]
    private var byHour: [Int64: Int64] = [:]
    private var oldest: Int64?
    private var newest: Int64?

    init(_ profiles: [String: EdgeProfile], isCoalesced: Bool) {
        self.profiles = profiles
        self.isCoalesced = isCoalesced
    }

    /// - Parameter time: of the record, in milliseconds since 1970.
    mutating func add(_ decision: RunDecision<ReplayedRecord>, partition: Int32, deadClass: String?, time: Int64?) {
        counts.add(decision)
        guard case .publish(let replayed) = decision else { return }
        counts.published += 1
        if replayed.isSuperseded { counts.superseded += 1 }
        add(replayed.invalidation, replayed.edges, partition)
        if let deadClass { byClass[deadClass, default: 0] += 1 }
        guard let time, time >= 0 else { return }
        let hour = time - time % Self.hour
        if byHour[hour] != nil || byHour.count < Self.hoursMax { byHour[hour, default: 0] += 1 }
        oldest = min(oldest ?? time, time)
        newest = max(newest ?? time, time)
    }

    mutating func addLost(_ offsets: Int64) { counts.lost += offsets }

    private mutating func add(_ invalidation: Invalidation?, _ edges: [String], _ partition: Int32) {
        let selectors = invalidation?.selectors ?? Selectors()
        let way = Way(namespace: invalidation?.namespace, edges: edges, kinds: selectors.kinds)
        if loads[way] != nil || loads.count < Self.waysMax { loads[way, default: Load()].add(selectors) }
        guard let invalidation else { return }
        byNamespace[invalidation.namespace.name, default: 0] += 1
        union.add(invalidation, edges: edges, partition: partition)
    }

    /// The edges that get what goes this way.
    private func edges(of way: Way) -> [String] {
        guard way.edges.isEmpty else { return Array(Set(way.edges.map { PurgeStep.parse($0).edge })) }
        guard let namespace = way.namespace else { return [] }
        return profiles.values.filter { $0.serves(namespace) && $0.isTarget(of: way.kinds) }.map(\.name)
    }

    // MARK: - Report

    func report(at time: Timestamp) -> PlanReport {
        var report = PlanReport(at: time)
        report.counts = counts
        if isCoalesced { report.counts.published = Int64(packCount) }
        report.distinctSelectors = Int64(union.count)
        if union.isFull { report.isLowerBound = true }
        report.byNamespace = Self.largest(byNamespace)
        report.byClass = Self.largest(byClass)
        report.byHour = Dictionary(
            uniqueKeysWithValues: byHour.map { (Timestamp(milliseconds: $0.key).text, $0.value) })
        report.byEdge = costs()
        report.oldest = oldest.map { TimeText(Timestamp(milliseconds: $0)) }
        report.newest = newest.map { TimeText(Timestamp(milliseconds: $0)) }
        return report
    }

    private var packCount: Int {
        Set(union.groups.keys.map(\.partition)).reduce(0) { $0 + union.packs(of: $1, after: nil).count }
    }

    private func costs() -> [String: PlanReport.EdgeCost] {
        var costs: [String: EdgeCost] = [:]
        for (way, load) in loads {
            for edge in edges(of: way) {
                costs[edge, default: EdgeCost()].requests += load.requests
                if !isCoalesced { costs[edge]?.add(load.items, bytes: load.bytes, profiles[edge]) }
            }
        }
        if isCoalesced {
            // Each selector is published once: the union tells what there is to purge.
            for (group, members) in union.groups {
                let way = Way(namespace: group.namespace, edges: group.edges, kinds: members.kinds)
                for edge in edges(of: way) {
                    costs[edge, default: EdgeCost()].add(members.items, bytes: members.bytes, profiles[edge])
                }
            }
        }
        let kept = costs.sorted { ($0.value.requests, $1.key) > ($1.value.requests, $0.key) }
            .prefix(PlanReport.namesMax)
        return Dictionary(
            uniqueKeysWithValues: kept.map { edge, cost in
                let seconds = cost.seconds(at: profiles[edge]?.limits)
                return (edge, PlanReport.EdgeCost(requests: cost.requests, calls: cost.calls, seconds: seconds))
            })
    }

    /// The largest ones by their names, and the others together.
    private static func largest(_ counts: [String: Int64]) -> [String: Int64] {
        guard counts.count > PlanReport.namesMax else { return counts }
        let sorted = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        var kept = Dictionary(uniqueKeysWithValues: sorted.prefix(PlanReport.namesMax - 1).map { ($0.key, $0.value) })
        kept["others", default: 0] += sorted.dropFirst(PlanReport.namesMax - 1).reduce(0) { $0 + $1.value }
        return kept
    }
}
