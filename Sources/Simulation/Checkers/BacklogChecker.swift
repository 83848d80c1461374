internal import Invalidations

/// Order: a backlog that all edges take equally fast waits in the log. Nothing of it is deferred.
final class BacklogChecker: Checker {
    let name = "backlog"
    private let isWanted: Bool

    init(_ scenario: Scenario) {
        isWanted = scenario.theme == .backlog
    }

    func see(_ sighting: Sighting, in world: World) {
        guard isWanted, case .putOff(let worker, _, let deferral) = sighting else { return }
        let name = world.requestName(deferral.invalidation.id)
        violation(world, "\(worker.name) defers \(name) of a plain backlog: \(deferral.note.reason.rawValue)")
    }
}
