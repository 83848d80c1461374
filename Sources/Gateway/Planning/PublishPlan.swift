internal import Invalidations
internal import JSON

/// Plan: what requests would ask of each edge if they were published together.
///
/// Each selector counts once, as workers purge it: requests of one namespace and priority share batches.
struct PublishPlan {
    private struct Line: Hashable {
        let namespace: Namespace
        let priority: Priority
    }

    /// Requests that concern the same edges in the same way.
    private struct Way: Hashable {
        let namespace: Namespace
        let kinds: SelectorKinds
        let mode: PurgeMode
    }

    private struct EdgePlan {
        var cost = EdgeCost()
        var skipped: Int64 = 0
        var deadLetters: Int64 = 0
        var hardened: Int64 = 0
    }

    private let profiles: [EdgeProfile]
    private var lines: [Line: Set<Selector>] = [:]
    private var ways: [Way: Int64] = [:]
    private(set) var requests: Int64 = 0

    init(_ profiles: [EdgeProfile]) {
        self.profiles = profiles
    }

    mutating func add(_ invalidation: Invalidation) {
        requests += 1
        // A cancellation asks for no purge.
        guard invalidation.cancels == nil else { return }
        let selectors = invalidation.selectors
        ways[Way(namespace: invalidation.namespace, kinds: selectors.kinds, mode: invalidation.mode), default: 0] += 1
        let line = Line(namespace: invalidation.namespace, priority: invalidation.priority)
        var known = lines.removeValue(forKey: line) ?? []
        selectors.forEach { known.insert($0) }
        lines[line] = known
    }

    /// The members of the answer that tell of edges.
    func write(into writer: inout JSONWriter) {
        let plans = edgePlans()
        writer.member("calls", plans.reduce(0) { $0 + $1.plan.cost.calls })
        if let seconds = plans.compactMap({ $0.plan.cost.seconds(at: $0.profile.limits) }).max() {
            writer.key("seconds")
            writer.double(seconds)
        }
        writer.key("edges")
        writer.beginArray()
        for (profile, plan) in plans { Self.write(plan, profile, into: &writer) }
        writer.endArray()
    }

    private static func write(_ plan: EdgePlan, _ profile: EdgeProfile, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("edge", profile.name)
        writer.member("requests", plan.cost.requests)
        writer.member("calls", plan.cost.calls)
        if let seconds = plan.cost.seconds(at: profile.limits) {
            writer.key("seconds")
            writer.double(seconds)
        }
        writer.key("selectors")
        writer.beginObject()
        let kinds: [StaticString] = ["tags", "urls", "prefixes", "everything"]
        for (kind, count) in zip(kinds, plan.cost.items) {
            writer.member(kind, count)
        }
        writer.endObject()
        writer.member("skipped", plan.skipped)
        writer.member("deadLetters", plan.deadLetters)
        writer.member("softAsHard", plan.hardened)
        writer.endObject()
    }

    /// Of the edges that serve one of the namespaces, in the order of the configuration.
    private func edgePlans() -> [(profile: EdgeProfile, plan: EdgePlan)] {
        let loads = lines.map { line, selectors in (line.namespace, Load(selectors)) }
        return profiles.compactMap { profile in
            var plan = EdgePlan()
            var isServing = false
            for (way, count) in ways where profile.serves(way.namespace) {
                isServing = true
                guard profile.isTarget(of: way.kinds) else {
                    plan.skipped += count
                    continue
                }
                plan.cost.requests += count
                if profile.unsupported == .dead, !way.kinds.isSubset(of: profile.accepts) { plan.deadLetters += count }
                if way.mode == .soft, !profile.purgesSoftly { plan.hardened += count }
            }
            for (namespace, load) in loads where profile.serves(namespace) {
                let counts = load.counts(for: profile.accepts)
                plan.cost.add(counts, bytes: load.bytes(for: profile.accepts), profile)
            }
            return isServing ? (profile, plan) : nil
        }
    }

    /// What the selectors of one line come to.
    private struct Load {
        private var counts: [Int64] = [0, 0, 0, 0]
        private var bytes: [Int64] = [0, 0, 0, 0]

        init(_ selectors: Set<Selector>) {
            for selector in selectors {
                guard let index = EdgeCost.kinds.firstIndex(of: selector.kind) else { continue }
                counts[index] += 1
                bytes[index] += Int64(selector.text.utf8.count)
            }
        }

        /// A purge of everything does what all others would.
        func counts(for accepts: SelectorKinds) -> [Int64] {
            counts[3] > 0 && accepts.contains(.everything) ? [0, 0, 0, 1] : counts
        }

        func bytes(for accepts: SelectorKinds) -> Int64 {
            if counts[3] > 0, accepts.contains(.everything) { return 0 }
            return zip(EdgeCost.kinds, bytes).reduce(0) { $0 + (accepts.contains($1.0) ? $1.1 : 0) }
        }
    }
}
