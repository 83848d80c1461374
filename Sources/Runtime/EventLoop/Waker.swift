import Synchronization

/// Calls its handler on the event loop it was made by. May be kept and used by any thread, also after the
/// loop is gone; then it does nothing. Ends with its last reference, as watches and timers do: a wake that
/// has not been served by then is dropped.
public final class Waker: Sendable {
    private let signal: WakeSignal

    init(_ signal: WakeSignal) {
        self.signal = signal
    }

    deinit { signal.close() }

    /// Lets the handler run soon. Calls that come before it runs are one call; all that the caller wrote before
    /// the call is seen by the handler.
    public func wake() {
        signal.raise()
    }
}

/// What a waker shares with its loop. At most one byte is in the pipe.
final class WakeSignal: Sendable {
    let pipe: WakePipe
    private let isRaised = Atomic(false)
    private let isClosed = Atomic(false)

    init() throws {
        pipe = try WakePipe()
    }

    func raise() {
        if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { pipe.wake() }
    }

    func close() {
        isClosed.store(true, ordering: .releasing)
        raise()
    }

    /// Lowers the signal before its handler runs; false when the waker is gone.
    /// First the pipe, then the flag: the other way round, a byte written in between would be swallowed while
    /// the flag stays up, and no later wake would ever write again.
    func lower() -> Bool {
        pipe.drain()
        _ = isRaised.exchange(false, ordering: .acquiringAndReleasing)
        return !isClosed.load(ordering: .acquiring)
    }
}
