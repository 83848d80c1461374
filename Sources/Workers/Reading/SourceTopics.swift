package import Invalidations
package import Kafka
import TopicCatalogue

/// The topics that a worker reads, at the places by which its core knows them: the invalidation topics, the replay
/// topic, then the retry topics in use.
package struct SourceTopics: Sendable {
    package let names: [String]

    /// - Parameter tiers: retry topics in use, from the shortest delay on.
    package init(tiers: Int) {
        precondition((0...TopicName.retries.count).contains(tiers), "there are \(TopicName.retries.count) retry topics")
        names = TopicName.invalidations + [TopicName.replays] + TopicName.retries.prefix(tiers)
    }

    /// Those that retry records are written to.
    package var retries: ArraySlice<String> { names.dropFirst(TopicName.invalidations.count + 1) }

    /// All that a worker reads or writes: those of one cluster must fit together.
    package var all: [String] { names + [TopicName.dead, TopicName.progress] }

    package subscript(source: SourcePartition) -> TopicPartition {
        TopicPartition(names[source.topic], source.partition)
    }

    /// - Returns: nil for a topic that the worker does not read.
    package func source(of partition: TopicPartition) -> SourcePartition? {
        names.firstIndex(of: partition.topic).map { SourcePartition(topic: $0, partition: partition.partition) }
    }
}
