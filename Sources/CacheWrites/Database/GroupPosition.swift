internal import Invalidations
internal import Kafka
internal import Storage
internal import Synchronization
internal import TopicCatalogue

/// How far a partition is flushed, as the group's commit says it.
struct GroupPosition: Hashable, Sendable {
    /// Of the next write that the database may lack.
    var offset: Int64
    var generation: UInt32
    /// URL at which clients find the owner; empty where it has none.
    var owner = ""

    /// What stands beside the offset.
    var metadata: String { owner.isEmpty ? "\(generation)" : "\(generation) \(owner)" }

    init(offset: Int64, generation: UInt32, owner: String = "") {
        (self.offset, self.generation, self.owner) = (offset, generation, owner)
    }

    /// Others may have set the offset, and say no generation then: a new one is newer than all before.
    init?(_ committed: CommittedOffset) {
        guard let offset = committed.offset else { return nil }
        let parts = committed.metadata.split(separator: " ", maxSplits: 1).map(String.init)
        self.init(
            offset: offset, generation: parts.first.flatMap { UInt32($0) } ?? Self.newGeneration(after: 0),
            owner: parts.count > 1 ? parts[1] : "")
    }

    /// Seconds of the clock: later generations are larger, also where nobody knows the earlier ones.
    static func newGeneration(after earlier: UInt32) -> UInt32 {
        let now = UInt32(clamping: Timestamp.now().milliseconds / 1_000)
        return max(now, earlier < .max ? earlier + 1 : .max)
    }
}

/// Reads what the group has committed. It is no member of the group.
final class GroupPositions: Sendable {
    private static let timeout = Duration.seconds(5)

    /// As the cluster calls it.
    let topic: String
    private let kafka: KafkaConfiguration
    private let reader = Mutex<KafkaConsumer?>(nil)
    private let epoch = Atomic<Int64>(0)

    init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
        topic = kafka.topicPrefix + TopicName.cacheWrites
    }

    /// Of a claim: later ones have higher numbers, also those of other processes, as far as their clocks agree.
    func nextEpoch() -> Int64 {
        epoch.max(Timestamp.now().milliseconds, ordering: .relaxed)
        return epoch.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// - Returns: those that the group has.
    func read(_ partitions: [Int32]) throws(StorageError) -> [Int32: GroupPosition] {
        try withReader { reader in
            try Self.positions(reader, partitions)
        }
    }

    func readAll() throws(StorageError) -> [Int32: GroupPosition] {
        try withReader { reader in
            let count = try reader.partitionCounts(timeout: Self.timeout)[TopicName.cacheWrites] ?? 0
            return try Self.positions(reader, Array(0..<Int32(clamping: count)))
        }
    }

    private static func positions(
        _ reader: KafkaConsumer, _ partitions: [Int32]
    ) throws -> [Int32: GroupPosition] {
        let asked = partitions.map { TopicPartition(TopicName.cacheWrites, $0) }
        var positions: [Int32: GroupPosition] = [:]
        for committed in try reader.committed(asked, timeout: timeout) {
            positions[committed.partition.partition] = GroupPosition(committed)
        }
        return positions
    }

    private func withReader(
        _ body: (KafkaConsumer) throws -> [Int32: GroupPosition]
    ) throws(StorageError) -> [Int32: GroupPosition] {
        do {
            return try reader.withLock { kept in
                let reader = try kept ?? KafkaConsumer(kafka, ConsumerTuning(group: FollowerConfiguration.group))
                kept = nil
                // What it has to say of brokers, others say as well.
                reader.poll(max: 1_000) { _ in }
                let positions = try body(reader)
                kept = reader
                return positions
            }
        } catch {
            throw .busy("the positions in Kafka's group cannot be read: \(error)")
        }
    }
}
