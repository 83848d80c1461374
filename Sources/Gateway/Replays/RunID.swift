internal import CCrypto
internal import Invalidations

/// Id of a run, from the idempotency key of the request that orders it.
enum RunID {
    /// - Parameter key: a UUID is the id itself; from anything else the same id is made each time.
    static func make(_ key: String) -> String {
        if let id = RequestID(key) { return id.text }
        let text = Array("cachesync run \(key)".utf8)
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(text, text.count, &digest)
        let high = digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = digest[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // Version 8 and the variant of RFC 9562, section 5.8: an id made by nobody else's rule.
        return RequestID(high: high & ~0xF000 | 0x8000, low: low & ~(UInt64(0b11) << 62) | UInt64(0b10) << 62).text
    }
}
