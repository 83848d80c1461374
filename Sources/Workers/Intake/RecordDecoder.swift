import Invalidations
import Kafka

/// Turns records of Kafka into what the core takes in.
final class RecordDecoder {
    private let decoder = InvalidationDecoder()
    private let topics: SourceTopics

    init(_ topics: SourceTopics) {
        self.topics = topics
    }

    func decode(_ record: borrowing KafkaRecord, from source: SourcePartition) -> IncomingRecord {
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? .now()
        let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
        let retry = source.tier == nil ? nil : RetryHeaders.read(headers, from: source, writtenAt: time, topics: topics)
        return IncomingRecord(
            position: RecordPosition(source: source, offset: record.offset),
            original: OriginalRecord(
                key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                headers: RetryHeaders.stripped(headers)),
            // A retry is as old as its request.
            content: content(record.value, time: retry?.requestedAt ?? time), retry: retry?.note)
    }

    private func content(
        _ value: UnsafeRawBufferPointer?, time: Timestamp
    ) -> Result<Invalidation, InvalidationError> {
        guard let value else { return .failure(InvalidationError(.malformed, "the record has no value")) }
        return Result { () throws(InvalidationError) in try decoder.decode(record: value, time: time) }
    }
}
