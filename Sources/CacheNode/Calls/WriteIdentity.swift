internal import Caches
internal import Crypto
internal import HTTP
internal import Invalidations

/// Identity of a write by its Idempotency-Key: the same one again changes nothing.
struct WriteIdentity: Hashable, Sendable {
    struct Name: Hashable, Sendable {
        let namespace: Namespace
        let sender: String
        let key: String
    }

    private static let day: Int64 = 86_400_000

    let name: Name
    let digest: [UInt8]

    /// What the record of the write says of it.
    var fingerprint: WriteFingerprint {
        // Neither a namespace nor a key has a NUL.
        let text = "\(name.namespace)\0\(name.key)\0\(name.sender)"
        return WriteFingerprint(
            name: Self.number(SHA256Digest.of(Array(text.utf8))), content: Self.number(digest))
    }

    private static func number(_ digest: [UInt8]) -> UInt128 {
        digest.prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// - Returns: nil for a read, and for a write that comes without a key.
    /// - Throws: for a key that cannot be one.
    init?(_ request: HTTPRequest, _ target: EntryTarget, sender: String) throws(CallRefusal) {
        guard !["GET", "HEAD"].contains(request.method), let key = request.headers.first("Idempotency-Key") else {
            return nil
        }
        guard IdempotencyKeyForm.isAllowed(key.utf8) else {
            throw CallRefusal(
                400,
                "An Idempotency-Key has 1 to \(IdempotencyKeyForm.bytesMax) printable ASCII characters, and no blanks")
        }
        name = Name(namespace: target.namespace, sender: sender, key: key)
        digest = SHA256Digest.of(
            Array("\(request.method)\0\(target.key)\0\(request.headers.first("If-Match") ?? "")\0".utf8)
                + request.body)
    }

    /// The id of the request that the write publishes: the same one on the same day.
    func requestID(at time: Timestamp) -> RequestID {
        let text = "cache\0\(name.namespace)\0\(name.sender)\0\(name.key)\0\(time.milliseconds / Self.day)\0"
        return RequestID(digest: SHA256Digest.of(Array(text.utf8) + digest))
    }
}
