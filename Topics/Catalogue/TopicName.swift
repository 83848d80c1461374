/// The names of the topics.
public enum TopicName {
    public static let high = "cachesync.invalidations.high"
    public static let normal = "cachesync.invalidations.normal"
    public static let low = "cachesync.invalidations.low"
    /// The topics that publishers write to, the most urgent first.
    public static let invalidations = [high, normal, low]
    /// What is deferred waits here, the shortest time first.
    public static let retries = [
        "cachesync.retry.10s", "cachesync.retry.1m", "cachesync.retry.10m", "cachesync.retry.1h",
    ]
    public static let dead = "cachesync.dead"
    public static let progress = "cachesync.progress"
}
