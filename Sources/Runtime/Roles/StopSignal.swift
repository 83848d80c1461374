import Basics
import Dispatch
import Synchronization

/// Tells a role, from any thread, to finish: first in order, then at once. It never goes back.
public final class StopSignal: Sendable {
    public enum Phase: Int, Comparable, Sendable {
        case running
        /// Take no new work, finish what runs.
        case draining
        /// Give up what runs.
        case stopping

        public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.running
        var handlers: [(id: Int, call: @Sendable (Phase) -> Void)] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    public init() {}

    public var phase: Phase { state.withLock { $0.phase } }

    public func drain() { advance(to: .draining) }

    public func stopNow() { advance(to: .stopping) }

    /// Calls `handler` at each change, on the thread that makes it, and at once when one has already happened.
    /// It must return quickly, such as by waking a loop. Two changes by two threads may call it side by side.
    public func onChange(_ handler: @escaping @Sendable (Phase) -> Void) {
        _ = add(handler)
    }

    /// Blocks until `phase` or a later one has come, for roles that have nothing else to wait for.
    ///
    /// - Returns: false when `timeout` passed first.
    @discardableResult
    public func waitForPhase(_ phase: Phase, timeout: Duration? = nil) -> Bool {
        let semaphore = DispatchSemaphore(value: 0)
        let id = add { if $0 >= phase { semaphore.signal() } }
        defer { remove(id) }
        return semaphore.wait(timeout: timeout.map { .now() + $0.dispatchInterval } ?? .distantFuture) == .success
    }

    private func advance(to phase: Phase) {
        // Called outside the lock, so that a handler may use the signal.
        let calls = state.withLock { state in
            guard phase > state.phase else { return [@Sendable (Phase) -> Void]() }
            state.phase = phase
            return state.handlers.map(\.call)
        }
        for call in calls { call(phase) }
    }

    private func add(_ handler: @escaping @Sendable (Phase) -> Void) -> Int {
        let (id, phase) = state.withLock { state in
            state.nextID += 1
            state.handlers.append((state.nextID, handler))
            return (state.nextID, state.phase)
        }
        if phase != .running { handler(phase) }
        return id
    }

    private func remove(_ id: Int) {
        state.withLock { $0.handlers.removeAll { $0.id == id } }
    }
}

extension Duration {
    /// Never less than the duration itself, and a century at most.
    var dispatchInterval: DispatchTimeInterval {
        .nanoseconds(Int(min(self, .seconds(3_155_760_000)).nanosecondsRoundedUp))
    }
}
