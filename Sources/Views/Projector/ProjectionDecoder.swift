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
    private let publications = RecordContentDecoder()
    private var details = PublicationDetails()
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
            case topics.progress:
                let news = try record.value.map { try progress.decode($0) } ?? progress.decode([])
                batch.add(news, from: partition, offset: offset)
            case topics.dead: try addDeadLetter(record, from: partition, to: &batch)
            case topics.control:
                let control = try ControlRecord(key: record.key, value: record.value)
                batch.add(control, from: partition, offset: offset)
            default: addPublication(record, from: partition, to: &batch)
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

    /// What cannot be read, or has gone too long ago, is passed over: workers tell what became of it.
    private func addPublication(
        _ record: borrowing KafkaRecord, from partition: TopicPartition, to batch: inout ProjectionBatch
    ) {
        let now = Timestamp.now()
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? now
        let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
        // A segment may stand longer than its topic says, and what was told of the request may have gone by then. An
        // own clock stamps a record of an embedded cluster, so none lies ahead for long.
        guard time > now + -Limits.pastMax, time < now + Limits.futureMax,
            let invalidation = try? publications.decode(record.value, headers: headers, time: time, arrival: time)
        else { return batch.passOver(partition, record.offset) }
        batch.add(
            StatusRecord(
                invalidation, publishedAt: time, idempotencyKey: KeyOnRecord(headers),
                details: details.text(of: invalidation, headers, partition, offset: record.offset)), from: partition,
            offset: record.offset)
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
