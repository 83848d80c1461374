package import Caches

/// Right to flush a partition: nobody has a later epoch.
package struct PartitionLease: Hashable, Sendable {
    package let partition: Int32
    package let epoch: Int64
    package let generation: UInt32
    /// Everything up to this offset is in the database or dead; -1 for nothing.
    package let flushed: Int64

    package init(partition: Int32, epoch: Int64, generation: UInt32, flushed: Int64) {
        (self.partition, self.epoch) = (partition, epoch)
        (self.generation, self.flushed) = (generation, flushed)
    }
}

/// Partition that is claimed, and what is known of its writes.
package struct ClaimedPartition: Sendable {
    let lease: PartitionLease
    /// Writes with an Idempotency-Key, in the order of the log.
    let known: [KnownWrites.Entry]
}

/// Write of a batch, and the name of its namespace.
package struct FlushRow: Sendable {
    package let namespace: String
    package let write: PendingWrite
}

/// Newest write of a key that the database has.
package struct RowVersion: Hashable, Sendable {
    package let version: LogVersion
    let isDeleted: Bool

    package init(version: LogVersion, isDeleted: Bool) {
        (self.version, self.isDeleted) = (version, isDeleted)
    }
}
