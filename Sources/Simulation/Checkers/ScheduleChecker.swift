internal import Basics
internal import Invalidations

/// No purge starts before its request's `notBefore`; and where nothing goes wrong, none much later.
final class ScheduleChecker: Checker {
    let name = "schedule"

    private struct Key: Hashable {
        let request: Int
        let edge: Int
    }

    /// What batches, limits of concurrency and other requests may take of an edge's time.
    private static let busyMost = 20 * Int64.second

    private var sent: Set<Key> = []
    /// In milliseconds; nil where nothing is promised.
    private let latestAfter: Int64?

    init(_ scenario: Scenario) {
        latestAfter =
            Self.isCalm(scenario)
            ? scenario.settings.retryTiers.first.map { ($0.nanoseconds + Self.busyMost) / .millisecond } : nil
    }

    private static func isCalm(_ scenario: Scenario) -> Bool {
        scenario.workers == 1 && scenario.faults.isEmpty && scenario.eventsBetweenCrashes == nil
            && scenario.broker.fails == 0 && scenario.broker.losesAnswers == 0 && scenario.broker.delays == 0
            && scenario.broker.unwritable.isEmpty && scenario.broker.lateTimers == 0 && !scenario.hasReplays
            && scenario.settings.strictNamespaces.isEmpty && scenario.settings.accounts.isEmpty
            && scenario.edges.allSatisfy { edge in
                edge.isAlwaysWell && edge.refuses.isEmpty && edge.profile.limits == EdgeLimits()
                    && edge.profile.layer == scenario.edges[0].profile.layer
                    // A second purge may wait longer on a retry topic than that topic's delay.
                    && edge.profile.repeatsAfter == nil
            }
    }

    func see(_ observation: Observation, in world: World) {
        guard case .purge(let sentBatch) = observation else { return }
        let wall = sentBatch.worker.wall(world.now)
        for item in sentBatch.batch.items {
            guard let request = world.oracle.owner(of: item), let notBefore = request.invalidation?.notBefore else {
                continue
            }
            guard wall >= notBefore else {
                return violation(
                    world, "\(sentBatch.worker.name) sends \(request.name) at \(wall), before its \(notBefore)")
            }
            guard let latestAfter, let madeAt = request.invalidation?.requestedAt,
                sent.insert(Key(request: request.number, edge: sentBatch.edge)).inserted
            else { continue }
            let latest = max(madeAt, notBefore) + latestAfter
            guard wall > latest else { continue }
            return violation(
                world, "\(sentBatch.worker.name) sends \(request.name) at \(wall), later than \(latest)")
        }
    }
}
