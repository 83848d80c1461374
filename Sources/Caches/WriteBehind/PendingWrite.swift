/// A write that the log has and the database still needs.
public struct PendingWrite: Hashable, Sendable {
    public enum Change: Hashable, Sendable {
        case set(CacheValue, tags: [String], lifetime: Lifetime)
        case delete
    }

    public let address: CacheAddress
    public let version: LogVersion
    public let change: Change
    /// What its record says besides; nil where there is no record.
    public let details: WriteDetails?

    public init(address: CacheAddress, version: LogVersion, change: Change, details: WriteDetails? = nil) {
        self.address = address
        self.version = version
        self.change = change
        self.details = details
    }

    /// About what it holds in memory.
    public var byteCount: Int {
        var bytes = 200 + address.key.bytes.count + (details?.idempotencyKey?.utf8.count ?? 0)
        if case .set(let value, let tags, _) = change {
            bytes += value.held.count + tags.reduce(0) { $0 + 16 + $1.utf8.count }
        }
        return bytes
    }
}

/// Where in the log a write is. Later ones are newer.
public struct LogVersion: Hashable, Comparable, Sendable {
    /// Rises when the log begins anew.
    public let generation: UInt32
    public let offset: Int64

    public init(generation: UInt32, offset: Int64) {
        self.generation = generation
        self.offset = offset
    }

    public static func < (a: LogVersion, b: LogVersion) -> Bool {
        a.generation != b.generation ? a.generation < b.generation : a.offset < b.offset
    }
}
