package import Invalidations
import Kafka

/// Record decoder: from the bytes of a record to what the core reads.
package final class RecordDecoder {
    /// A record as it was fetched. The bytes are valid during the call only.
    package struct Fetched {
        package var offset: Int64
        /// Milliseconds since 1970; nil where the record has none.
        package var timestamp: Int64?
        package var key: UnsafeRawBufferPointer?
        package var value: UnsafeRawBufferPointer?
        package var headers: [RecordHeader]

        package init(
            offset: Int64, timestamp: Int64?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
            headers: [RecordHeader]
        ) {
            self.offset = offset
            self.timestamp = timestamp
            self.key = key
            self.value = value
            self.headers = headers
        }
    }

    private let decoder = InvalidationDecoder()
    private let topics: SourceTopics

    package init(_ topics: SourceTopics) {
        self.topics = topics
    }

    func decode(_ record: borrowing KafkaRecord, from source: SourcePartition) -> IncomingRecord {
        decode(
            Fetched(
                offset: record.offset, timestamp: record.timestamp, key: record.key, value: record.value,
                headers: record.headers.map { RecordHeader(name: $0.name, value: $0.value) }),
            from: source, now: .now())
    }

    /// - Parameter now: the time of reading; looked up for retries and for records without a timestamp.
    package func decode(
        _ record: Fetched, from source: SourcePartition, now: @autoclosure () -> Timestamp
    ) -> IncomingRecord {
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? now()
        let headers = record.headers
        let retry =
            source.isInvalidation
            ? nil : RetryHeaders.read(headers, from: source, writtenAt: time, topics: topics, now: now())
        return IncomingRecord(
            position: RecordPosition(source: source, offset: record.offset),
            original: OriginalRecord(
                key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                headers: RetryHeaders.stripped(headers)),
            // A retry is as old as its request.
            content: content(
                record.value, time: retry?.requestedAt ?? time, arrival: source.isInvalidation ? time : nil,
                event: EventHeaders.attributes(headers),
                requestedAt: retry?.retry.replay == nil ? nil : retry?.requestedAt),
            retry: retry?.retry)
    }

    private func content(
        _ value: UnsafeRawBufferPointer?, time: Timestamp, arrival: Timestamp?, event: EventAttributes?,
        requestedAt: Timestamp?
    ) -> Result<Invalidation, InvalidationError> {
        guard let value else { return .failure(InvalidationError(.malformed, "the record has no value")) }
        return Result { () throws(InvalidationError) in
            var invalidation = try decoder.decode(record: value, time: time, arrival: arrival, event: event)
            // A run may ask for purges that start later than the request was made: after a cache was restored.
            if let requestedAt { invalidation.requestedAt = requestedAt }
            return invalidation
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
