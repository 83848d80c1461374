internal import CCrypto

/// Public key that signatures of tokens are verified with, by SHA-256.
///
/// Its kind decides the one algorithm that it is for: a token cannot choose another.
public final class PublicKey: @unchecked Sendable {
    // The library's key is not changed after this class has made it, and verifying may run on many threads.
    private let key: OpaquePointer
    public let kind: Kind

    public enum Kind: Sendable {
        /// RSASSA-PKCS1-v1_5, with 2,048 bits at least.
        case rsa
        /// ECDSA on the curve P-256.
        case p256
    }

    private static let pemBytesMax = 64 << 10

    private init?(_ key: OpaquePointer?) {
        guard let key else { return nil }
        switch cs_key_kind_of(key) {
        case CS_KEY_RSA: kind = .rsa
        case CS_KEY_P256: kind = .p256
        default:
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// - Returns: nil for what is no public key of one of these kinds.
    public convenience init?(pem: [UInt8]) {
        guard pem.count <= Self.pemBytesMax else { return nil }
        self.init(cs_key_of_pem(pem, Int32(pem.count)))
    }

    /// Modulus and exponent, the highest byte first.
    public convenience init?(modulus: [UInt8], exponent: [UInt8]) {
        // 16,384 bits: verifying with longer ones costs too much.
        guard modulus.count <= 2_048, exponent.count <= 8 else { return nil }
        self.init(cs_key_of_rsa(modulus, Int32(modulus.count), exponent, Int32(exponent.count)))
    }

    /// A point of the curve P-256: 32 bytes each.
    public convenience init?(x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        let point = [4] + x + y
        self.init(cs_key_of_p256(point, point.count))
    }

    /// - Parameter signature: as a JSON Web Signature has it (RFC 7518).
    public func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch kind {
        case .rsa: cs_key_verifies(key, signature, signature.count, bytes, bytes.count) == 1
        case .p256: signature.count == 64 && cs_key_verifies_p256(key, signature, bytes, bytes.count) == 1
        }
    }
}
