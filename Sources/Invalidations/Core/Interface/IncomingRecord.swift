/// A record as the worker reads it. The bytes are kept until it ends, because what follows repeats them exactly.
public struct IncomingRecord: Sendable {
    public var position: RecordPosition
    public var original: OriginalRecord
    public var content: Result<Invalidation, InvalidationError>
    /// What the headers of a record on a retry topic say; nil elsewhere, and where they cannot be read: then it is
    /// taken for a new request to every edge, because a purge too many does no harm and one too few does.
    public var retry: RetryMetadata? { retryBox?.retry }
    /// Apart, because few records have one and all would be larger for it.
    let retryBox: RetryMetadataBox?

    public init(
        position: RecordPosition, original: OriginalRecord, content: Result<Invalidation, InvalidationError>,
        retry: RetryMetadata? = nil
    ) {
        self.position = position
        self.original = original
        self.content = content
        retryBox = retry.map { RetryMetadataBox($0) }
    }
}

/// A note in a place of its own.
final class RetryMetadataBox: Sendable {
    let retry: RetryMetadata

    init(_ retry: RetryMetadata) {
        self.retry = retry
    }
}

/// Key, value and headers as they were published; nil is Kafka's null.
public struct OriginalRecord: Hashable, Sendable {
    public var key: [UInt8]?
    public var value: [UInt8]?
    /// Without those that a retry record adds.
    public var headers: [RecordHeader]

    public init(key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []) {
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// What it takes to keep it.
    var byteCount: Int { (key?.count ?? 0) + (value?.count ?? 0) + headers.reduce(0) { $0 + $1.byteCount } }
}

/// A header as it was read: its value is bytes, or Kafka's null.
public struct RecordHeader: Hashable, Sendable {
    public var name: String
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    public init(_ name: String, _ text: String) {
        self.init(name: name, value: Array(text.utf8))
    }

    var byteCount: Int { name.utf8.count + (value?.count ?? 0) }
}
