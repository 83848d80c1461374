internal import Basics
internal import Crypto
internal import Invalidations
internal import Runtime

/// What a client sends along so that a request that it repeats is published once.
struct IdempotencyKey: Hashable, Sendable {
    let namespace: Namespace
    let text: String

    /// - Returns: nil unless the text has 1 to 255 printable ASCII characters.
    init?(_ text: String, in namespace: Namespace) {
        guard KeyOnRecord.isKey(text) else { return nil }
        self.namespace = namespace
        self.text = text
    }

    /// An id that the publisher gave is a key, too: no header can hold what it begins with.
    init(_ id: RequestID, in namespace: Namespace) {
        self.namespace = namespace
        text = "\u{0}\(id)"
    }
}

/// Remembers which key stands for which request. Bounded in number and time; the oldest is forgotten first.
struct IdempotencyTable {
    enum Decision: Equatable {
        /// Publish it, then `complete` the key or `forget` it.
        case new
        /// The first request with this key has no answer yet.
        case underWay
        /// It was published before: answer as then.
        case repeated(StatusRecord)
        /// The key stands for something else.
        case otherBody
    }

    private struct Entry {
        var id: RequestID
        var digest: BodyDigest
        var since: MonotonicTime
        var answer: StatusRecord?
    }

    private let lifetime: Duration
    private var entries: BoundedTable<IdempotencyKey, Entry>

    init(countMax: Int, lifetime: Duration) {
        self.lifetime = lifetime
        entries = BoundedTable(capacity: countMax)
    }

    var count: Int { entries.count }

    /// Whether the key stands for a request already.
    func remembers(_ key: IdempotencyKey, now: MonotonicTime) -> Bool {
        entries[key].map { now - $0.since < lifetime } ?? false
    }

    /// Looks the key up, and reserves it for the request `id` if it is new.
    mutating func decide(_ key: IdempotencyKey, _ digest: BodyDigest, id: RequestID, now: MonotonicTime) -> Decision {
        if let entry = entries[key], now - entry.since < lifetime {
            guard entry.digest == digest else { return .otherBody }
            return entry.answer.map { .repeated($0) } ?? .underWay
        }
        entries.insert(key, Entry(id: id, digest: digest, since: now))
        return .new
    }

    /// The request that the key was reserved for is published.
    mutating func complete(_ key: IdempotencyKey, _ answer: StatusRecord) {
        entries.update(key) { if $0.id == answer.id { $0.answer = answer } }
    }

    /// The request that the key was reserved for is not published: the next try starts anew.
    mutating func forget(_ key: IdempotencyKey, id: RequestID) {
        if entries[key]?.id == id { entries.remove(key) }
    }
}

/// Tells bodies apart: the first half of a SHA-256, in hexadecimal digits.
struct BodyDigest: Hashable, Sendable {
    let text: String

    init(_ body: [UInt8]) {
        text = Hexadecimal.text(SHA256Digest.of(body).prefix(KeyOnRecord.digestDigits / 2))
    }
}

/// Key that a request came with, and the body that it stands for: read once, and only where there is a key.
struct KeyedBody: Sendable {
    let key: IdempotencyKey
    let digest: BodyDigest
    /// Nil where the key is the publisher's own id.
    var onRecord: KeyOnRecord?
}
