internal import Basics
internal import Caches

/// Turns the process's time into the wall clock's and back, always by the same difference.
struct DiskClock: Sendable {
    private let difference: Int64

    init() {
        difference = SystemClocks.wallMilliseconds() * 1_000_000 - SystemClocks.monotonicNanoseconds()
    }

    /// Nanoseconds since 1970.
    func wall(_ time: CacheTime) -> Int64 { (time + .nanoseconds(difference)).nanoseconds }

    func time(_ wall: Int64) -> CacheTime { CacheTime(nanoseconds: wall) + .nanoseconds(-difference) }
}
