internal import Crypto

/// Key that signed tokens are verified with. Its kind decides its one algorithm.
///
/// So a token signed with a public key as if that were a shared secret finds no key, and neither does `none`.
struct SigningKey: Sendable {
    enum Material: Sendable {
        case secret([UInt8])
        case publicKey(PublicKey)
    }

    /// A shorter secret than the hash can be guessed (RFC 7518, section 3.2).
    static let secretBytesMin = SHA256Digest.byteCount

    let material: Material
    /// Of a set of keys, which one this is.
    let id: String?

    init(_ material: Material, id: String? = nil) {
        self.material = material
        self.id = id
    }

    /// As the header of a token names it.
    var algorithm: String {
        switch material {
        case .secret: "HS256"
        case .publicKey(let key):
            switch key.kind {
            case .rsa: "RS256"
            case .p256: "ES256"
            }
        }
    }

    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        switch material {
        case .secret(let secret):
            SHA256Digest.code(of: bytes, secret: secret).map { SecretBytes.isSame($0, signature) } ?? false
        case .publicKey(let key): key.verifies(signature, of: bytes)
        }
    }
}
