/// The tokens that open the gateway's calls (RFC 6750). Without any, every call is open.
struct BearerTokens: Sendable {
    private let tokens: [[UInt8]]

    init(_ tokens: [String]) {
        self.tokens = tokens.filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter authorization: the header's value, nil where the request has none.
    func admit(_ authorization: String?) -> Bool {
        guard !tokens.isEmpty else { return true }
        guard let authorization, let given = Self.credentials(of: authorization) else { return false }
        // Every token is compared to its end, so that the time says nothing about which was nearly right.
        return tokens.reduce(false) { Self.isSame($1, given) || $0 }
    }

    /// What follows the scheme, whose case does not matter.
    private static func credentials(of authorization: String) -> [UInt8]? {
        let bytes = Array(authorization.utf8)
        let scheme = "bearer ".utf8
        guard bytes.count > scheme.count, zip(bytes, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return Array(bytes.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") })
    }

    /// Takes as long for a wrong byte at the beginning as for one at the end.
    private static func isSame(_ token: [UInt8], _ given: [UInt8]) -> Bool {
        var difference: UInt8 = token.count == given.count ? 0 : 1
        for index in token.indices {
            difference |= token[index] ^ (index < given.count ? given[index] : 0)
        }
        return difference == 0
    }
}
