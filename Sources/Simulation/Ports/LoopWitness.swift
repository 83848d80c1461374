internal import Invalidations
internal import Workers

/// Shows the world a loop's events and actions, and kills the process between them.
final class LoopWitness: LoopObserver {
    private unowned let world: World
    private unowned let worker: SimulatedWorker
    private var openBefore = 0
    /// The record that the core looks at.
    private var incoming: LogRecord?
    /// Actions until the process dies; nil for not now.
    private(set) var actionsUntilDeath: Int?

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
    }

    func willHandle(_ event: WorkerEvent) {
        guard worker.isRunning else { return }
        switch event {
        case .assigned(let partitions): world.assigned(worker, partitions)
        case .record(let record):
            incoming = world.record(at: record.position)
            guard let record = incoming else { return }
            world.oracle.begun(record, by: worker, now: world.now)
            world.see(.begun(worker, record))
            openBefore = worker.openRecords
        case .revoked, .purged, .checked, .delivered, .commitFailed, .timer, .drain: break
        }
    }

    func hasHandled(_ event: WorkerEvent, actions: Int) {
        guard worker.isRunning else { return }
        if case .record = event, let record = incoming {
            world.see(.taken(worker, record, isOpened: worker.openRecords > openBefore))
        }
        if let death = world.crashPoint(actions) { actionsUntilDeath = death }
    }

    func willCarryOut(_ action: WorkerAction) {
        guard worker.isRunning else { return }
        if let left = actionsUntilDeath {
            guard left > 0 else { return world.crash(worker, "in the midst of what followed from one event") }
            actionsUntilDeath = left - 1
        }
        world.willCarryOut(action, worker)
    }
}
