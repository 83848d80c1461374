internal import Invalidations

/// Order: a backlog that all edges take equally fast waits in the log. Nothing of it is deferred.
final class BacklogChecker: Checker {
    let name = "backlog"
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        isWanted = scenario.scenarioProfile == .backlog
    }

    func see(_ observation: Observation, in world: World) {
        guard isWanted, case .writeRetry(let worker, _, let retryRecord) = observation else { return }
        let name = world.requestName(retryRecord.invalidation.id)
        violation(world, "\(worker.name) defers \(name) of a plain backlog: \(retryRecord.retry.reason.rawValue)")
    }
}
