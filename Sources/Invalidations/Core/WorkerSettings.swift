/// The bounds and rhythms of a worker's core.
public struct WorkerSettings: Hashable, Sendable {
    public var retry = RetryPolicy()
    /// Records taken in and not yet finished; reaching it stops the intake.
    public var openRecordsMax = 10_000
    /// Their keys, values and headers in bytes; reaching it stops the intake.
    public var openBytesMax = 64 << 20
    /// Offsets are committed at least this often while any moved, …
    public var commitInterval = Duration.seconds(1)
    /// … and after this many records finished.
    public var commitEvery = 1_000
    /// A request that takes longer reports that it is on its way, …
    public var firstReportAfter = Duration.milliseconds(500)
    /// … and again this often.
    public var reportInterval = Duration.seconds(5)
    /// A dead letter or report that Kafka did not store is handed over again after this pause.
    public var redeliveryPause = Duration.seconds(1)

    public init() {}
}
