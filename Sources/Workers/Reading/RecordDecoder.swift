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

    private let decoder = RecordContentDecoder()
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
            content: content(record, from: source, time: time, retry),
            retry: retry?.retry)
    }

    private func content(
        _ record: Fetched, from source: SourcePartition, time: Timestamp,
        _ retry: (retry: RetryMetadata, requestedAt: Timestamp)?
    ) -> Result<Invalidation, InvalidationError> {
        Result { () throws(InvalidationError) in
            // A retry is as old as its request, whatever the value says that could not be.
            var invalidation = try decoder.decode(
                record.value, headers: record.headers, time: retry?.requestedAt ?? time,
                arrival: source.isInvalidation ? time : retry?.requestedAt)
            // A run may ask for purges that start later than the request was made: after a cache was restored.
            if retry?.retry.replay != nil, let time = retry?.requestedAt { invalidation.requestedAt = time }
            return invalidation
        }
    }
}
