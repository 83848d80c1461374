internal import Kafka

/// Why a projector cannot go on with its view. Failures of the database itself are `StorageError`s.
public enum ViewError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another projector has moved the view on. This one must not write any more.
    case fenced(topic: String, partition: Int32, expected: Int64)
    /// The view has folded more than the topic holds.
    case topicRecreated(topic: String, partition: Int32, folded: Int64, end: Int64)
    /// The view knows more partitions than the topic has.
    case fewerPartitions(topic: String, known: Int, found: Int)

    /// The file is damaged.
    case damaged(String)

    static func fenced(_ move: ViewMove) -> ViewError {
        .fenced(topic: move.partition.topic, partition: move.partition.partition, expected: move.expected)
    }

    static func recreated(_ partition: TopicPartition, folded: Int64, end: Int64) -> ViewError {
        .topicRecreated(topic: partition.topic, partition: partition.partition, folded: folded, end: end)
    }

    public var description: String {
        switch self {
        case .fenced(let topic, let partition, let expected):
            "another projector writes this view: partition \(partition) of \(topic) is no longer at offset "
                + "\(expected); let only one projector write to a view"
        case .topicRecreated(let topic, let partition, let folded, let end):
            "the view has folded partition \(partition) of \(topic) up to offset \(folded), but the partition "
                + "ends at \(end): the topic was made anew; run `cachesync projector --rebuild`"
        case .fewerPartitions(let topic, let known, let found):
            "the view knows \(known) partitions of \(topic), but the topic has \(found): "
                + "the topic was made anew; run `cachesync projector --rebuild`"
        case .damaged(let text):
            "the view is damaged, and can be made again from its topics: run `cachesync projector --rebuild` (\(text))"
        }
    }
}
