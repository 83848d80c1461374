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
    /// What runs publish anew: replays and redrives.
    public static let replays = "cachesync.replays"
    public static let dead = "cachesync.dead"
    public static let progress = "cachesync.progress"
    /// Orders to replay, redrive or discard, and the state of their runs.
    public static let control = "cachesync.control"
    /// Writes of the cache store, until the main database has them.
    public static let cacheWrites = "cachesync.cache.writes"
    /// Those that the database refuses.
    public static let cacheDead = "cachesync.cache.dead"
    /// How far each namespace's rollout is.
    public static let cacheRollout = "cachesync.cache.rollout"
}
