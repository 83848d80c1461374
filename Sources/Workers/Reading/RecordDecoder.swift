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
            content: content(
                record.value, time: retry?.requestedAt ?? time, arrival: source.tier == nil ? time : nil,
                event: EventHeaders.attributes(headers)),
            retry: retry?.retry)
    }

    private func content(
        _ value: UnsafeRawBufferPointer?, time: Timestamp, arrival: Timestamp?, event: EventAttributes?
    ) -> Result<Invalidation, InvalidationError> {
        guard let value else { return .failure(InvalidationError(.malformed, "the record has no value")) }
        return Result { () throws(InvalidationError) in
            try decoder.decode(record: value, time: time, arrival: arrival, event: event)
        }
    }
}

/// The attributes of a CloudEvent in its binary form: headers beside a value that is the request itself.
///
/// See https://github.com/cloudevents/spec, bindings/kafka-protocol-binding.md of version 1.0.2.
private enum EventHeaders {
    static func attributes(_ headers: [RecordHeader]) -> EventAttributes? {
        guard !headers.isEmpty, text("ce_specversion", headers) != nil else { return nil }
        return EventAttributes(
            id: text("ce_id", headers), time: text("ce_time", headers), source: text("ce_source", headers))
    }

    private static func text(_ name: String, _ headers: [RecordHeader]) -> String? {
        headers.first { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
