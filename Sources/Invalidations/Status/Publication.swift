// Publication: what a request's own record says, and how a view keeps it.
extension StatusRecord {
    /// Publication: what the request's own record on an invalidation topic says of it.
    ///
    /// Of two records under one id and namespace the earlier counts.
    public struct Publication: Hashable, Sendable {
        /// When Kafka stored the record.
        public var at: Timestamp
        public var priority: Priority
        /// Decides, with the configuration, which edges it must reach while no worker has said so.
        public var kinds: SelectorKinds
        /// Who asked, in the publisher's own words.
        public var source: String?
        /// The request that is called off.
        public var cancels: RequestID?
        public var idempotencyKey: KeyOnRecord?
        /// What the publisher gave as `requestedAt`, where that could not be.
        public var implausibleTime: Timestamp?
        /// No purge starts before.
        public var notBefore: Timestamp?
        /// What else the record says, as a JSON object that nothing here reads; nil where that was not kept.
        public var details: String?

        public init(
            at: Timestamp, priority: Priority, kinds: SelectorKinds, source: String? = nil, cancels: RequestID? = nil,
            idempotencyKey: KeyOnRecord? = nil, implausibleTime: Timestamp? = nil, notBefore: Timestamp? = nil,
            details: String? = nil
        ) {
            self.at = at
            self.priority = priority
            self.kinds = kinds
            self.source = source
            self.cancels = cancels
            self.idempotencyKey = idempotencyKey
            self.implausibleTime = implausibleTime
            self.notBefore = notBefore
            self.details = details
        }
    }

    /// Whether both say the same of their publication. A record that was made of another one needs no look at it.
    public func hasPublication(of other: StatusRecord) -> Bool { keptPublication == other.keptPublication }

    /// What is known of a request that no worker has told of: it is queued.
    public init(
        _ invalidation: Invalidation, publishedAt time: Timestamp, idempotencyKey: KeyOnRecord? = nil,
        details: String? = nil
    ) {
        self.init(
            identity: RequestIdentity(id: invalidation.id, namespace: invalidation.namespace),
            requestedAt: invalidation.requestedAt,
            publication: Publication(
                at: time, priority: invalidation.priority, kinds: invalidation.kinds, source: invalidation.source,
                cancels: invalidation.cancels, idempotencyKey: idempotencyKey,
                implausibleTime: invalidation.implausibleTime, notBefore: invalidation.notBefore, details: details))
    }
}

extension StatusRecord {
    /// The record of a request that no worker has told of, with the edges that it is expected to reach.
    public func expecting(_ edges: [Progress.Edge]) -> StatusRecord {
        var record = self
        let snapshot = StatusRecord(
            Progress(
                id: id, namespace: namespace, requestedAt: requestedAt, at: updatedAt, source: "", edges: edges))
        (record.edges, record.cells) = (snapshot.edges, snapshot.cells)
        return record
    }
}

// Any total order makes the fold the same in any order; the time comes first, for the earlier one owns the id.
extension StatusRecord.Publication: Comparable {
    public static func < (a: Self, b: Self) -> Bool {
        if a.at != b.at { return a.at < b.at }
        return a.tieBreaker.lexicographicallyPrecedes(b.tieBreaker)
    }

    private var tieBreaker: [String] {
        [
            priority.rawValue, "\(kinds.rawValue)", source ?? "", cancels?.text ?? "", idempotencyKey?.text ?? "",
            idempotencyKey?.digest ?? "", implausibleTime?.text ?? "", notBefore?.text ?? "", details ?? "",
        ]
    }
}

/// Publication that several copies of a record refer to.
final class KeptPublication: Hashable, Sendable {
    let publication: StatusRecord.Publication

    init(_ publication: StatusRecord.Publication) {
        self.publication = publication
    }

    static func == (a: KeptPublication, b: KeptPublication) -> Bool { a === b || a.publication == b.publication }

    func hash(into hasher: inout Hasher) { hasher.combine(publication) }
}

/// Idempotency key as it travels on a record: the publisher's key, and a digest of the body that it stands for.
///
/// The header's value is the digest in hexadecimal digits, a colon, and the key.
public struct KeyOnRecord: Hashable, Sendable {
    public static let headerName = "cs-idempotency-key"
    public static let bytesMax = 255
    public static let digestDigits = 32

    public let text: String
    public let digest: String

    /// - Returns: nil unless the text is a key and the digest has its digits.
    public init?(_ text: String, digest: String) {
        guard Self.isKey(text), digest.utf8.count == Self.digestDigits, digest.utf8.allSatisfy(Self.isDigit) else {
            return nil
        }
        self.text = text
        self.digest = digest
    }

    /// - Returns: nil for a header that no gateway writes.
    public init?(header: [UInt8]) {
        guard header.count > Self.digestDigits, header[Self.digestDigits] == UInt8(ascii: ":"),
            let text = String(validating: header.dropFirst(Self.digestDigits + 1), as: UTF8.self),
            let digest = String(validating: header.prefix(Self.digestDigits), as: UTF8.self)
        else { return nil }
        self.init(text, digest: digest)
    }

    /// Of the headers of a record; nil where there is none that can be read.
    public init?(_ headers: [RecordHeader]) {
        guard let value = headers.first(where: { $0.name == Self.headerName })?.value else { return nil }
        self.init(header: value)
    }

    public var header: RecordHeader { RecordHeader(Self.headerName, "\(digest):\(text)") }

    /// 1 to 255 printable ASCII characters.
    public static func isKey(_ text: String) -> Bool {
        (1...bytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
