public import Caches

/// Entry as the main database has it: the newest write of its key that was flushed.
public struct StoredEntry: Sendable {
    public let value: CacheValue
    public let tags: [String]
    public let lifetime: Lifetime
    public let version: LogVersion

    package init(value: CacheValue, tags: [String], lifetime: Lifetime, version: LogVersion) {
        (self.value, self.tags) = (value, tags)
        (self.lifetime, self.version) = (lifetime, version)
    }
}
