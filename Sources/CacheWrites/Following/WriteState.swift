/// How the writes of this process stand, for health and metrics.
public struct WriteState: Hashable, Sendable {
    /// Partitions that are owned and read to their end.
    public var owned: [Int32] = []
    /// Partitions that are being taken over.
    public var restoring: [Int32] = []
    /// Keys that the database still needs, and about their bytes in memory.
    public var dirty = 0
    public var dirtyBytes = 0
    /// How long the oldest of them has waited.
    public var oldest = Duration.zero
    /// Why something waits that should not; nil while all is well.
    public var problem: String?
}
