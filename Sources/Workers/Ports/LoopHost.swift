package import Invalidations
package import Runtime

/// Runs a worker's loop: clock, timers, wakes from other threads. libevent stands behind it, or simulated time.
package protocol LoopHost: AnyObject {
    /// Both clocks, as the core is told them.
    func instant() -> Instant
    /// A timer that calls `handler` each time a scheduled moment has come.
    func makeTimer(_ handler: @escaping () -> Void) throws -> any HostTimer
    /// What it returns may be called on any thread, and lets the loop call `handler`.
    func makeWake(_ handler: @escaping () -> Void) throws -> @Sendable () -> Void
    /// No handler is called any more.
    func stop()
}

/// A timer of a loop, used again and again.
package protocol HostTimer: AnyObject {
    var isScheduled: Bool { get }
    /// Calls the handler once, after that time. Replaces what was scheduled before; zero means the loop's next turn.
    func schedule(after delay: Duration)
    func cancel()
}

extension LoopTimer: HostTimer {}

extension EventLoop: LoopHost {
    package func instant() -> Instant { Instant(monotonic: MonotonicTime.now().nanoseconds, wall: .now()) }

    package func makeTimer(_ handler: @escaping () -> Void) throws -> any HostTimer { try timer(handler) }

    package func makeWake(_ handler: @escaping () -> Void) throws -> @Sendable () -> Void {
        let waker = try makeWaker(handler)
        return { waker.wake() }
    }
}
