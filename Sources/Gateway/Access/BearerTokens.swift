internal import Crypto

/// Tokens of the configuration, and how a request shows its own (RFC 6750).
struct BearerTokens: Sendable {
    private let tokens: [[UInt8]]

    init(_ tokens: [String]) {
        self.tokens = tokens.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    var isEmpty: Bool { tokens.isEmpty }
    var count: Int { tokens.count }

    /// Every token is compared to its end, so that the time says nothing about which was nearly right.
    func contains(_ given: [UInt8]) -> Bool {
        tokens.reduce(false) { SecretBytes.isSame($1, given) || $0 }
    }

    /// What follows the scheme, whose case does not matter; nil for another scheme.
    static func credential(of authorization: String) -> [UInt8]? {
        let bytes = Array(authorization.utf8)
        let scheme = "bearer ".utf8
        guard bytes.count > scheme.count, zip(bytes, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return Array(bytes.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") })
    }
}
