import Invalidations
import Runtime

/// The time as the core is told it. Asking the system costs as much as a small decision, so that events which come
/// many at a time share an answer.
struct LoopClock {
    /// Events that share one.
    private static let share = 32

    private var last = Self.ask()
    private var uses = 0

    mutating func now() -> Instant {
        refresh()
        return last
    }

    /// At most a few events old.
    mutating func recent() -> Instant {
        uses += 1
        if uses >= Self.share { refresh() }
        return last
    }

    mutating func refresh() {
        last = Self.ask()
        uses = 0
    }

    private static func ask() -> Instant {
        Instant(monotonic: MonotonicTime.now().nanoseconds, wall: .now())
    }
}
