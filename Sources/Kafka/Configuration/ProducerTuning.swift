/// How a producer writes.
public struct ProducerTuning: Sendable {
    /// How long a record waits for company before its batch is sent: zero where a caller waits for the
    /// acknowledgement, more where only throughput counts.
    public var linger = Duration.milliseconds(5)
    /// How long a record is tried for, queueing and all retries included.
    public var deliveryTimeout = Duration.seconds(30)
    /// Records that may be on their way; one more is refused with `queueFull`.
    public var queuedRecordsMax = 100_000
    /// The same in KiB.
    public var queuedKilobytesMax = 65_536
    /// The largest record, in bytes.
    public var recordBytesMax = 1_000_000
    /// How often statistics come as a notice; zero for never.
    public var statisticsInterval = Duration.zero

    public init() {}

    public init(linger: Duration, deliveryTimeout: Duration) {
        self.linger = linger
        self.deliveryTimeout = deliveryTimeout
    }
}
