/// Bounds of what is on its way to the log.
public struct WriteLogSettings: Sendable {
    /// Writes that are not acknowledged; one more is refused.
    public var pendingMax = 10_000
    /// Bytes of the same.
    public var pendingBytesMax = 32 << 20
    /// How long a write is tried for, all retries included.
    public var deliveryTimeout = Duration.seconds(10)
    /// How long a start waits for Kafka.
    public var startTimeout = Duration.seconds(30)

    public init() {}
}
