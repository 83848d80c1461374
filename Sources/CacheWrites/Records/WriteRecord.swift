public import Caches
public import Invalidations

/// Write of a cache entry as its record in the log says it.
public struct WriteRecord: Hashable, Sendable {
    /// Bytes of all tags of a record, with commas between them: the headers of a record are read up to 64 KiB.
    public static let tagsBytesMax = 60_000

    public let namespace: Namespace
    public let key: CacheKey
    public let change: PendingWrite.Change
    public let details: WriteDetails

    /// - Throws: for a write that its record could not say: the log has what was sent, or nothing.
    public init(
        namespace: Namespace, key: CacheKey, change: PendingWrite.Change, details: WriteDetails
    ) throws(WriteRecordError) {
        if let key = details.idempotencyKey, !IdempotencyKeyForm.isAllowed(key.utf8) {
            throw .idempotencyKeyIsNotAllowed
        }
        // A record's time has four digits for its year.
        guard Timestamp(details.writtenAt.text) == details.writtenAt else { throw .headerIsWrong(Header.writtenAt) }
        if case .version(let version) = details.condition, version.offset < 0 {
            throw .headerIsWrong(Header.ifVersion)
        }
        if case .set(let value, let tags, _) = change { try Self.check(value, tags) }
        (self.namespace, self.key) = (namespace, key)
        (self.change, self.details) = (change, details)
    }

    private static func check(_ value: CacheValue, _ tags: [String]) throws(WriteRecordError) {
        guard value.coding == .identity else { throw .valueIsCompressed }
        guard value.held.count <= CacheLimits.valueBytes else { throw .valueIsTooLarge }
        guard tags.count <= CacheLimits.tags, tags.allSatisfy({ TagForm.isAllowed($0.utf8) }) else {
            throw .tagsAreNotAllowed
        }
        guard tags.reduce(0, { $0 + $1.utf8.count + 1 }) <= tagsBytesMax else { throw .tagsAreTooLong }
    }

    /// Names of the headers.
    enum Header {
        static let fresh = "cs-fresh"
        static let staleWhileRevalidate = "cs-stale-while-revalidate"
        static let staleIfError = "cs-stale-if-error"
        static let ifVersion = "cs-if-version"
        static let idempotencyKey = "cs-idempotency-key"
        static let fingerprint = "cs-write-fingerprint"
        static let tags = "cs-tags"
        static let writtenAt = "cs-written-at"
    }
}

/// Why something is no write, or cannot be one.
public enum WriteRecordError: Error, Hashable, Sendable, CustomStringConvertible {
    case keyIsMissing
    case namespaceIsNotAllowed
    case keyIsNotAllowed(CacheInputError)
    case valueIsTooLarge
    case valueIsCompressed
    case tagsAreNotAllowed
    case tagsAreTooLong
    case idempotencyKeyIsNotAllowed
    case headerIsMissing(String)
    case headerIsWrong(String)
    /// The process keeps so many namespaces apart, and no more.
    case tooManyNamespaces

    public var description: String {
        switch self {
        case .keyIsMissing: "the key must be a namespace, a NUL byte and the key of an entry"
        case .namespaceIsNotAllowed: "the key does not begin with a namespace"
        case .keyIsNotAllowed(let error): "\(error)"
        case .valueIsTooLarge: "the value is larger than \(CacheLimits.valueBytes) bytes"
        case .valueIsCompressed: "the value is compressed: the log has the publisher's bytes"
        case .tagsAreNotAllowed: "a tag is not allowed, or there are more than \(CacheLimits.tags)"
        case .tagsAreTooLong: "the tags are longer than \(WriteRecord.tagsBytesMax) bytes together"
        case .idempotencyKeyIsNotAllowed:
            "the idempotency key must be 1 to \(IdempotencyKeyForm.bytesMax) printable ASCII characters"
        case .headerIsMissing(let name): "the header \(name) is missing"
        case .headerIsWrong(let name): "the header \(name) is not what it must be"
        case .tooManyNamespaces: "there are too many namespaces"
        }
    }
}
