/// The time as the worker's core is told it: one clock for waiting, one for messages.
public struct Instant: Hashable, Sendable {
    /// Nanoseconds of a clock that never goes back.
    public var monotonic: Int64
    public var wall: Timestamp

    public init(monotonic: Int64, wall: Timestamp) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
