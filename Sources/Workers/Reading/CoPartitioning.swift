package import Kafka
import TopicCatalogue

/// One worker must own the same partition numbers of every topic: a namespace's requests, what was deferred of them
/// and their dead letters all stand in partitions of one number.
package enum CoPartitioning {
    /// Progress is sorted by request and may have any number of partitions.
    ///
    /// - Parameter counts: partitions by topic; absent where there is no such topic.
    package static func check(_ counts: [String: Int], of topics: SourceTopics) throws(WorkerError) {
        let missing = topics.all.filter { counts[$0] == nil }
        guard missing.isEmpty else { throw .missingTopics(missing) }
        let equal = topics.names + [TopicName.dead]
        let ours = counts.filter { equal.contains($0.key) }
        guard Set(ours.values).count == 1 else { throw .unequalPartitions(ours) }
    }

    package static func check(_ assignment: [TopicPartition], of topics: SourceTopics) throws(WorkerError) {
        let owned = Dictionary(grouping: assignment, by: \.topic).mapValues { Set($0.map(\.partition)) }
        let first = topics.names[0]
        for topic in topics.names.dropFirst() {
            let (these, those) = (owned[first] ?? [], owned[topic] ?? [])
            if let partition = these.subtracting(those).min() {
                throw .splitAssignment(partition: partition, has: first, lacks: topic)
            }
            if let partition = those.subtracting(these).min() {
                throw .splitAssignment(partition: partition, has: topic, lacks: first)
            }
        }
    }
}
