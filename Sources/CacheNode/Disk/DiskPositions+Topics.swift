internal import Caches
internal import Kafka

// Positions of the log as the tail has them.
extension DiskPositions {
    /// - Parameter held: offsets of requests that wait for their time: they must be read once more after a restart.
    init(_ positions: [TopicPartition: Int64], cluster: String?, heldAt held: [TopicPartition: Int64]) {
        self.init(
            cluster: cluster,
            positions.map { partition, next in
                DiskPosition(
                    topic: partition.topic, partition: partition.partition, next: min(next, held[partition] ?? next))
            }.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
    }

    var byPartition: [TopicPartition: Int64] {
        Dictionary(partitions.map { (TopicPartition($0.topic, $0.partition), $0.next) }) { min($0, $1) }
    }
}
