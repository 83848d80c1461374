import CEvent
import Glibc

/// An event loop of one thread, on libevent: it waits for descriptors, timers and wakers, and calls their handlers.
///
/// Everything but `Waker.wake()` belongs to the thread that created the loop. A handler may cancel any watch or
/// timer, its own included, and may stop the loop; what it cancelled does not fire later in the same turn.
public final class EventLoop {
    let base: EventBase
    private var isRunning = false
    private var stopRequested = false
    private var wakers: [ObjectIdentifier: Watch] = [:]

    public init() throws {
        base = try EventBase()
    }

    /// The clock now, not the beginning of the turn.
    public var now: MonotonicTime { .now() }

    /// Serves until `stop()`, even while there is nothing to wait for. May be called again afterwards.
    public func run() {
        base.assertOwner()
        precondition(!isRunning, "a handler must not run the loop that called it")
        isRunning = true
        defer { (isRunning, stopRequested) = (false, false) }
        while !stopRequested {
            let result = event_base_loop(base.pointer, EVLOOP_NO_EXIT_ON_EMPTY)
            precondition(result >= 0, "the event loop's descriptor was closed by someone else")
        }
    }

    /// Lets `run()` return after the handler that is running now. Before `run()`, lets it return at once.
    public func stop() {
        base.assertOwner()
        stopRequested = true
        event_base_loopbreak(base.pointer)
    }

    /// Calls `handler` with what has become possible on `descriptor`, as long as it is possible (level-triggered).
    /// Errors and hang-ups show as readable and writable. The descriptor stays the caller's, who cancels the watch
    /// before closing it.
    ///
    /// - Parameter persist: false for one call only; `Watch.update(_:)` arms it again.
    /// - Throws: `EventLoopError` when the descriptor is not open or can't be waited for.
    public func watch(
        _ descriptor: Int32, _ interest: Interest, persist: Bool = true,
        _ handler: @escaping (Interest) -> Void
    ) throws -> Watch {
        base.assertOwner()
        return try Watch(base, descriptor, interest, persist: persist, handler)
    }

    /// A timer that calls `handler` each time a scheduled moment has come.
    public func timer(_ handler: @escaping () -> Void) throws -> LoopTimer {
        base.assertOwner()
        return try LoopTimer(base, handler)
    }

    /// A waker that lets any thread call `handler` on this loop. The handler goes with the waker or the loop,
    /// whichever goes first.
    public func makeWaker(_ handler: @escaping () -> Void) throws -> Waker {
        base.assertOwner()
        let signal = try WakeSignal()
        let key = ObjectIdentifier(signal)
        wakers[key] = try watch(signal.pipe.readDescriptor, .read) { [unowned self] _ in
            if signal.lower() {
                handler()
            } else {
                wakers[key] = nil
            }
        }
        return Waker(signal)
    }
}

// Its state belongs to one thread; only `Waker` crosses threads.
@available(*, unavailable)
extension EventLoop: Sendable {}
