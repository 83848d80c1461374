internal import Basics
internal import Invalidations
internal import Synchronization
internal import Workers

/// Host of a simulated worker's loop: its clocks, and timers in the world's queue.
final class SimulatedHost: LoopHost {
    /// What a turn of the loop takes, at least: time passes, whatever it does.
    private static let turn = 20_000 as SimulatedTime

    private unowned let world: World
    private unowned let worker: SimulatedWorker
    private(set) var isStopped = false
    private var wakes: [(isWanted: WakeFlag, handler: () -> Void)] = []

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
    }

    func instant() -> Instant { worker.instant(world.now) }

    func makeTimer(_ handler: @escaping () -> Void) -> any HostTimer { SimulatedTimer(self, handler) }

    func makeWake(_ handler: @escaping () -> Void) -> @Sendable () -> Void {
        let flag = WakeFlag()
        wakes.append((flag, handler))
        return { flag.isSet.store(true, ordering: .relaxed) }
    }

    func stop() { isStopped = true }

    /// Calls the handlers of all wakes since the last call.
    func runWakes() {
        for wake in wakes where wake.isWanted.isSet.exchange(false, ordering: .relaxed) { wake.handler() }
    }

    func plan(_ timer: SimulatedTimer, _ number: Int, after delay: SimulatedTime) {
        let isLate = world.isChaos && world.brokerRandom.chance(world.scenario.broker.lateTimers)
        let late = isLate ? world.brokerRandom.time(0...50 * .millisecond) : 0
        world.after(max(delay, Self.turn) + late, .timer(worker, timer, number: number))
    }
}

/// A wake may come from any thread; here it never does.
private final class WakeFlag: Sendable {
    let isSet = Atomic(false)
}

/// A timer of a simulated host.
final class SimulatedTimer: HostTimer {
    private(set) var isScheduled = false
    /// Counts up with every change: an event of an earlier number means nothing.
    private var number = 0
    private unowned let host: SimulatedHost
    private let handler: () -> Void

    init(_ host: SimulatedHost, _ handler: @escaping () -> Void) {
        self.host = host
        self.handler = handler
    }

    func schedule(after delay: Duration) {
        number += 1
        isScheduled = true
        host.plan(self, number, after: delay.nanoseconds)
    }

    func cancel() {
        number += 1
        isScheduled = false
    }

    func fire(_ number: Int) {
        guard isScheduled, number == self.number else { return }
        isScheduled = false
        handler()
    }
}
