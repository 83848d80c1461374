import Invalidations

/// The time as the core is told it.
///
/// Asking the system costs as much as a small decision, so events that come many at a time share an answer.
struct LoopClock {
    /// Events that share one.
    private static let share = 32

    private let ask: () -> Instant
    private var last: Instant
    private var uses = 0

    init(_ ask: @escaping () -> Instant) {
        self.ask = ask
        last = ask()
    }

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
        last = ask()
        uses = 0
    }
}
