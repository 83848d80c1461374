internal import Invalidations
internal import Kafka
internal import Replays
internal import Runtime

/// Decoder of the view's topics: reads a record of any of them, and adds it to a batch.
///
/// The view is a fold, so one bad record must not stop it: it is counted, logged and passed over.
final class ProjectionDecoder {
    private let topics: ProjectorConfiguration.Topics
    private let progress = ProgressDecoder()
    private let metrics: ProjectorMetrics
    private var refusals: ThrottledLog

    init(_ topics: ProjectorConfiguration.Topics, log: Log, metrics: ProjectorMetrics) {
        self.topics = topics
        self.metrics = metrics
        refusals = ThrottledLog(log)
    }

    func add(_ record: borrowing KafkaRecord, from partition: TopicPartition, to batch: inout ProjectionBatch) {
        let offset = record.offset
        do {
            switch partition.topic {
            case topics.dead: try addDeadLetter(record, from: partition, to: &batch)
            case topics.control:
                let control = try ControlRecord(key: record.key, value: record.value)
                batch.add(control, from: partition, offset: offset)
            default:
                let news = try record.value.map { try progress.decode($0) } ?? progress.decode([])
                batch.add(news, from: partition, offset: offset)
            }
        } catch {
            metrics.undecodable.increment()
            refusals.warning(
                "a record cannot be read and is passed over",
                [
                    "kafka.topic": partition.topic, "kafka.partition": partition.partition, "kafka.offset": offset,
                    "error": "\(error)",
                ])
            batch.passOver(partition, offset)
        }
    }

    private func addDeadLetter(
        _ record: borrowing KafkaRecord, from partition: TopicPartition, to batch: inout ProjectionBatch
    ) throws {
        let headers = record.headers
        if let deadLetter = DeadLetterEntry(record, headers) {
            batch.add(deadLetter, from: partition, offset: record.offset)
        } else if let mark = DiscardMark(headers, partition: partition.partition) {
            batch.add(mark, from: partition, offset: record.offset)
        } else {
            throw RunError.invalid("it is neither a dead letter nor a mark that discards one")
        }
    }
}
