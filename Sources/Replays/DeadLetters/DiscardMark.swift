internal import Invalidations
public import Kafka
internal import TopicCatalogue

/// Mark on the topic of dead letters: one of them is discarded.
///
/// It stands in the partition of its dead letter, and behind it: so it is kept for longer. It has the dead letter's key
/// and no value.
public struct DiscardMark: Hashable, Sendable {
    private static let header = "cs-discards"

    public let partition: Int32
    /// Of the dead letter.
    public let offset: Int64
    /// The run that has discarded it.
    public let run: String

    public init(partition: Int32, offset: Int64, run: String) {
        (self.partition, self.offset, self.run) = (partition, offset, run)
    }

    /// - Returns: nil for any other record of the topic.
    public init?(_ headers: [KafkaHeader], partition: Int32) {
        func text(_ name: String) -> String? {
            headers.first { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard let offset = text(Self.header).flatMap({ Int64($0) }), offset >= 0, let run = text("cs-run"),
            Replay.isRun(run)
        else { return nil }
        self.init(partition: partition, offset: offset, run: run)
    }

    /// With the position that the run has read, by which a later owner of the run knows the mark again.
    public var headers: [KafkaHeader] {
        [
            KafkaHeader(Self.header, "\(offset)"), KafkaHeader("cs-run", run),
            KafkaHeader("cs-run-from", "\(TopicName.dead)/\(partition)/\(offset)"),
        ]
    }
}
