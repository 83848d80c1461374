internal import Crypto
internal import Invalidations

/// Id of a run, from the idempotency key of the request that orders it.
enum RunID {
    /// - Parameter key: a UUID is the id itself; from anything else the same id is made each time.
    static func make(_ key: String) -> String {
        if let id = RequestID(key) { return id.text }
        return RequestID(digest: SHA256Digest.of(Array("cachesync run \(key)".utf8))).text
    }
}
