internal import CCrypto

/// SHA-256 of bytes, and codes that a shared secret makes with it.
public enum SHA256Digest {
    public static let byteCount = Int(SHA256_DIGEST_LENGTH)

    public static func of(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// HMAC-SHA256 (RFC 2104).
    ///
    /// - Returns: nil for a secret that the library refuses.
    public static func code(of bytes: [UInt8], secret: [UInt8]) -> [UInt8]? {
        guard let secretCount = Int32(exactly: secret.count) else { return nil }
        var code = [UInt8](repeating: 0, count: byteCount)
        var count = UInt32(0)
        guard HMAC(EVP_sha256(), secret, secretCount, bytes, bytes.count, &code, &count) != nil, count == byteCount
        else { return nil }
        return code
    }
}
