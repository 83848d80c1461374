/// When writes go to the database, and how many may wait.
public struct WriteSettings: Hashable, Sendable {
    /// The oldest write waits no longer than this while the database is well.
    public var delay: Duration = .seconds(60)
    /// So many writes are reason enough to begin earlier.
    public var countMax = 10
    /// Keys of one batch.
    public var batchMax = 100
    /// Bounds of what waits: beyond them new writes are refused.
    public var bytesMax = 64 << 20
    public var keysMax = 100_000
    /// Writes with an Idempotency-Key that are known for when they are sent again.
    public var repeatsMax = 65_536
    /// Pauses of an outage.
    public var pauseFirst: Duration = .seconds(1)
    public var pauseLongest: Duration = .seconds(30)
    /// If more than half of at least so many rows were refused within `deadWindow`, the database is not the one that
    /// was meant: everything waits.
    public var deadMin = 20
    public var deadWindow: Duration = .seconds(60)

    public init() {}
}
