/// Bounds of one entry, as the HTTP API promises them.
public enum CacheLimits {
    public static let keyBytes = 1_024
    /// The value as the publisher sent it.
    public static let valueBytes = 1 << 20
    public static let tags = 64
    /// A whole call with many operations.
    public static let batchBytes = 4 << 20
    public static let batchOperations = 100
    /// How long an entry lives that says no time itself, where no rule says another.
    public static let lifetimeUsual: Duration = .seconds(3_600)
    /// Longer lifetimes are cut to this one.
    public static let lifetimeMax: Duration = .seconds(365 * 86_400)
    /// How long a cache remembers that the origin has no such thing.
    public static let absenceMax: Duration = .seconds(30)
}
