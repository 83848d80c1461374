internal import CCrypto
internal import Invalidations

/// Id of a request with an idempotency key: any gateway makes the same of the same key and body.
///
/// So a request that two gateways take at the same moment is one, and has one status.
enum KeyedRequestID {
    /// - Parameter lifetime: how long keys hold, in milliseconds: after that it is another id.
    static func make(
        _ key: KeyOnRecord, in namespace: Namespace, at time: Timestamp, lifetime: Int64
    ) -> RequestID {
        let period = time.milliseconds / max(1, lifetime)
        let digest = SHA256Digest.of(Array("\(namespace.name)\n\(period)\n\(key.digest)\n\(key.text)".utf8))
        // Version 8 and the variant of RFC 9562, section 5.8.
        return RequestID(
            high: number(digest[0..<8]) & ~0xF000 | 0x8000,
            low: number(digest[8..<16]) & ~(UInt64(0b11) << 62) | UInt64(0b10) << 62)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// SHA-256 of bytes.
enum SHA256Digest {
    static func of(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256(bytes, bytes.count, &digest)
        return digest
    }
}
