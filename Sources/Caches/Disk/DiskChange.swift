/// What one step of a shard means for the disk behind it.
enum DiskChange: Sendable {
    case store(CacheAddress, CacheEntry)
    case remove(CacheAddress)
    /// What may be served stale stays so.
    case soften(CacheAddress, CacheTime)

    var address: CacheAddress {
        switch self {
        case .store(let address, _), .remove(let address), .soften(let address, _): address
        }
    }
}

/// How far the log is applied: the next offset of one partition.
public struct DiskPosition: Hashable, Sendable {
    public let topic: String
    public let partition: Int32
    public let next: Int64

    public init(topic: String, partition: Int32, next: Int64) {
        (self.topic, self.partition, self.next) = (topic, partition, next)
    }
}

/// How far the log is applied, and whose log that is.
public struct DiskPositions: Hashable, Sendable {
    /// The cluster's own id; nil where it tells none.
    public var cluster: String?
    public var partitions: [DiskPosition]

    public init(cluster: String?, _ partitions: [DiskPosition]) {
        (self.cluster, self.partitions) = (cluster, partitions)
    }
}
