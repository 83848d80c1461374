internal import Caches
internal import Storage

/// Main database that keeps rows alone, with positions and owners in Kafka's group.
///
/// The follower commits them, as a member of the group: Kafka refuses a commit of one who has lost the partition.
/// There is no fence around the rows. Their versions are it: a late flush of an earlier owner loses by them.
final class GroupStore: WriteStore {
    private let rows: any RowStore
    private let positions: GroupPositions

    init(_ rows: any RowStore, _ positions: GroupPositions) {
        (self.rows, self.positions) = (rows, positions)
    }

    var isUsable: Bool { true }

    func claim(_ partitions: [Int32], owner: String) throws(StorageError) -> [ClaimedPartition] {
        let found = try positions.read(partitions)
        return partitions.map { partition in
            // A new position makes all of the log newer than what the database has, which costs repetitions alone.
            let position =
                found[partition] ?? GroupPosition(offset: 0, generation: GroupPosition.newGeneration(after: 0))
            return claimed(partition, position.generation, flushed: position.offset - 1)
        }
    }

    func beginGeneration(_ lease: PartitionLease) throws(StorageError) -> ClaimedPartition? {
        claimed(lease.partition, GroupPosition.newGeneration(after: lease.generation), flushed: -1)
    }

    private func claimed(_ partition: Int32, _ generation: UInt32, flushed: Int64) -> ClaimedPartition {
        ClaimedPartition(
            lease: PartitionLease(
                partition: partition, epoch: positions.nextEpoch(), generation: generation, flushed: flushed),
            known: [])
    }

    func version(namespace: String, key: [UInt8]) throws(StorageError) -> RowVersion? {
        try rows.version(EntryName(namespace: namespace, key: key))
    }

    func owners() throws(StorageError) -> [Int32: String] { try positions.readAll().mapValues(\.owner) }

    func entries(_ names: Set<EntryName>) throws(StorageError) -> [EntryName: Result<StoredEntry, StorageError>] {
        rows.entries(names)
    }

    func flush(
        _ rows: [FlushRow], _ known: KnownWrites.Change, _ lease: PartitionLease, flushedThrough: LogVersion?
    ) -> FlushAnswer {
        self.rows.write(rows, batch: "\(positions.topic)/\(lease.generation)/\(lease.partition)")
    }
}
