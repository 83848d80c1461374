internal import Caches
internal import Invalidations

/// Which way a call goes in a rollout.
enum RolloutPath: Equatable {
    /// The main API answers.
    case main
    /// The main API answers, and the cache is compared with it.
    case compared
    /// The cache answers. Some of its answers are compared with the main API afterwards.
    case cache

    static func ofRead(_ key: CacheKey, in namespace: Namespace, _ record: RolloutRecord, at now: Timestamp) -> Self {
        let isChosen = record.shares(at: now).reads.contains(key, of: namespace, salt: record.salt)
        return isChosen ? (record.phase == .shadow ? .compared : .cache) : .main
    }

    static func ofWrite(_ key: CacheKey, in namespace: Namespace, _ record: RolloutRecord, at now: Timestamp) -> Self {
        record.shares(at: now).writes.contains(key, of: namespace, salt: record.salt) ? .cache : .main
    }
}
