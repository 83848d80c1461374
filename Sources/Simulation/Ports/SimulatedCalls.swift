internal import Edges
internal import Invalidations
internal import Workers

/// Purge calls of a simulated worker, to the world's edges.
final class SimulatedCalls: PurgeCalls {
    var onOutcome: ((_ id: UInt64, _ outcome: PurgeOutcome, _ rest: Duration?) -> Void)?
    var onChecked: ((_ edge: Int, _ check: EdgeCheck) -> Void)?
    private unowned let world: World
    private unowned let worker: SimulatedWorker

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
    }

    func submit(id: UInt64, edge: Int, batch: PurgeBatch) {
        guard worker.isRunning else { return }
        world.send(id, edge, batch, worker)
    }

    func check(edge: Int) {
        guard worker.isRunning else { return }
        world.check(edge, worker)
    }

    func cancelAll() {}
}
