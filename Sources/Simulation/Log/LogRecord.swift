internal import Invalidations

/// A record of an invalidation or retry topic in the simulated log.
final class LogRecord {
    let source: SourcePartition
    let offset: Int64
    let storedAt: SimulatedTime
    /// Its place in the order in which the whole log was written.
    let sequence: Int
    let original: OriginalRecord
    /// All of them, a worker's own included.
    let headers: [RecordHeader]
    let content: Result<Invalidation, InvalidationError>
    let retry: RetryMetadata?
    /// The request's number; nil where the record is none.
    let request: Int?

    /// Retention took it away before it was finished.
    var isTruncated = false
    /// It was checked that nothing is left to do for it.
    var isKnownFinished = false

    init(
        source: SourcePartition, offset: Int64, storedAt: SimulatedTime, sequence: Int, original: OriginalRecord,
        headers: [RecordHeader], content: Result<Invalidation, InvalidationError>, retry: RetryMetadata?, request: Int?
    ) {
        self.source = source
        self.offset = offset
        self.storedAt = storedAt
        self.sequence = sequence
        self.original = original
        self.headers = headers
        self.content = content
        self.retry = retry
        self.request = request
    }

    var position: RecordPosition { RecordPosition(source: source, offset: offset) }

    /// Of the record on an invalidation topic that it all began with.
    var origin: RecordPosition { retry?.origin ?? position }

    /// When the broker stored it, in milliseconds since 1970.
    var brokerTime: Int64 { Calendar.wall(storedAt).milliseconds }
}
