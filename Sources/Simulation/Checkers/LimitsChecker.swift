internal import Invalidations

/// Bounded: no worker sends an edge or an account more than their limits let pass.
final class LimitsChecker: Checker {
    let name = "limits"

    /// A bucket that is as full as it can be when the run begins, with capacity for one batch more than the limit says:
    /// a batch goes when something is left for it.
    private struct Bucket {
        let rate: Rate
        var level: Double
        var at: SimulatedTime = 0

        init(_ rate: Rate) {
            self.rate = rate
            level = rate.burst
        }

        mutating func spend(_ cost: Double, now: SimulatedTime) -> Bool {
            level = min(rate.burst, level + Double(now - at) / 1e9 * rate.perSecond)
            at = now
            // A single request may be larger than a burst: then it goes when the bucket is full.
            let isFair = level >= min(cost, rate.burst) - 0.01
            level -= cost
            return isFair
        }
    }

    private struct Key: Hashable {
        let worker: Int
        let slot: Int
        let kind: Int
    }

    private var buckets: [Key: Bucket] = [:]
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        isWanted = !scenario.settings.accounts.isEmpty || scenario.edges.contains { $0.profile.limits != EdgeLimits() }
    }

    func see(_ observation: Observation, in world: World) {
        guard isWanted, case .purge(let sentBatch) = observation else { return }
        let profile = world.scenario.edges[sentBatch.edge].profile
        checkLimits(profile.limits, sentBatch.edge, profile, sentBatch, world)
        if let account = profile.account {
            checkLimits(world.scenario.settings.accounts[account].limits, 1_000 + account, profile, sentBatch, world)
        }
    }

    private func checkLimits(
        _ limits: EdgeLimits, _ slot: Int, _ profile: EdgeProfile, _ sentBatch: SentBatch, _ world: World
    ) {
        let planned = profile.planner?.plan(sentBatch.batch)
        let items = planned?.items ?? sentBatch.batch.items.reduce(0) { $0 + $1.count }
        let bytes = sentBatch.batch.items.reduce(0) { $0 + $1.byteCount }
        let requests = planned?.calls ?? max(1, (items + profile.callItemsMax - 1) / profile.callItemsMax)
        for (kind, rate, cost) in [(0, limits.requests, requests), (1, limits.items, items), (2, limits.bytes, bytes)] {
            guard let rate else { continue }
            let key = Key(worker: sentBatch.worker.number, slot: slot, kind: kind)
            if buckets[key, default: Bucket(rate)].spend(Double(cost), now: world.now) { continue }
            let kinds = ["requests", "items", "bytes"]
            return violation(
                world,
                "\(sentBatch.worker.name) sends \(cost) \(kinds[kind]) more to \(profile.name) than "
                    + "\(rate.perSecond) a second and \(rate.burst) at once let pass: "
                    + "\((buckets[key]?.level ?? 0) + Double(cost)) were left")
        }
    }
}
