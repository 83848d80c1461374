import Basics
import CEvent
import Glibc

/// A timer of an event loop, used again and again. Ends with its last reference.
public final class LoopTimer {
    public private(set) var isScheduled = false
    private let base: EventBase
    private let event: OpaquePointer
    private let handler: () -> Void

    init(_ base: EventBase, _ handler: @escaping () -> Void) throws {
        guard let event = event_new(base.pointer, -1, 0, Self.fire, nil) else {
            throw EventLoopError(call: "event_new")
        }
        self.base = base
        self.event = event
        self.handler = handler
        // Unretained: the event ends with this object (deinit), so it never sees a dead one.
        event_assign(event, base.pointer, -1, 0, Self.fire, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        base.assertOwner()
        event_free(event)
    }

    /// Calls the handler once, not before `delay` has passed (in steps of a microsecond, a century at most).
    /// Replaces what was scheduled before. A delay of zero or less means the loop's next turn.
    public func schedule(after delay: Duration) {
        base.assertOwner()
        var interval = timeval(rounding: delay)
        isScheduled = true
        // Adding a timer event fails only without memory.
        precondition(event_add(event, &interval) == 0, "no memory for a timer")
    }

    /// What was scheduled does not happen; `schedule(after:)` may be called again.
    public func cancel() {
        base.assertOwner()
        isScheduled = false
        event_del(event)
    }

    private static let fire: event_callback_fn = { _, _, context in
        guard let context else { return }
        // Held for the length of the call: the handler may drop the last other reference.
        let timer = Unmanaged<LoopTimer>.fromOpaque(context).takeUnretainedValue()
        withExtendedLifetime(timer) {
            timer.isScheduled = false
            timer.handler()
        }
    }
}

extension timeval {
    /// Rounds up, and one more: libevent's clock cuts off the nanoseconds of now, and a timer must never fire early.
    init(rounding delay: Duration) {
        let century = Duration.seconds(100 * 366 * 86_400)
        let microseconds = delay <= .zero ? 0 : min(delay, century).microsecondsRoundedUp + 1
        self.init(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    }
}
