internal import Invalidations

/// Order: a backlog that all edges take equally fast waits in the log. All but a few of its requests are not deferred.
///
/// Edges that are equally fast on the whole drift apart by a few requests, and small bounds let those go.
final class BacklogChecker: Checker {
    let name = "backlog"
    private let isWanted: Bool
    /// How many may be deferred.
    private let most: Int
    private var count = 0

    init(_ scenario: Scenario) {
        isWanted = scenario.scenarioProfile == .backlog
        most = max(3, scenario.publications / 50)
    }

    func see(_ observation: Observation, in world: World) {
        guard isWanted, case .writeRetry(let worker, _, let retryRecord) = observation else { return }
        count += 1
        guard count > most else { return }
        let name = world.requestName(retryRecord.invalidation.id)
        violation(world, "\(worker.name) defers \(name) of a plain backlog: \(retryRecord.retry.reason.rawValue)")
    }
}
