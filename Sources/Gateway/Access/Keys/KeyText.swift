internal import Basics
internal import Crypto

/// Text of an API key: `cs_`, its id, and its secret.
struct KeyText {
    static let prefix = "cs_"
    private static let idBytes = 6
    private static let secretBytes = 32

    let id: String
    let hash: [UInt8]

    /// - Returns: nil for what is no key's text.
    init?(_ credential: [UInt8]) {
        let prefix = Array(Self.prefix.utf8)
        guard credential.starts(with: prefix), credential.count <= 128 else { return nil }
        let remainder = credential.dropFirst(prefix.count)
        guard let end = remainder.firstIndex(of: UInt8(ascii: "_")), Self.isID(remainder[..<end]),
            end + 1 < remainder.endIndex
        else {
            return nil
        }
        id = String(decoding: remainder[..<end], as: UTF8.self)
        // The secret is 256 random bits: nobody guesses it, however fast the hash is, so a slow one would protect
        // nothing and would let strangers keep the gateway busy.
        hash = SHA256Digest.of(credential)
    }

    static func isID(_ id: some Collection<UInt8>) -> Bool {
        id.count == 2 * idBytes && id.allSatisfy { Hexadecimal.value(of: $0) != nil && !$0.isASCIIUppercase }
    }

    /// - Returns: the text of a new key; nil when the system gives no random bytes.
    static func make() -> String? {
        guard let id = SecretBytes.random(count: idBytes), let secret = SecretBytes.random(count: secretBytes) else {
            return nil
        }
        return prefix + Hexadecimal.text(id) + "_" + Base64URL.text(secret)
    }
}
