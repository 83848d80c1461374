/// Which signed tokens are believed, and the keys that verify them.
public struct TokenConfiguration: Sendable {
    /// The claims `iss` and `aud` that a token must have.
    public var issuer: String
    public var audience: String
    /// Shared secret for HS256, at least 32 bytes.
    public var secret: String?
    /// File with a public key in PEM: RS256 or ES256, by its kind.
    public var publicKeyFile: String?
    /// File with a set of keys (JWKS).
    public var keySetFile: String?

    public static let secretBytesMin = SigningKey.secretBytesMin

    public init(issuer: String, audience: String) {
        self.issuer = issuer
        self.audience = audience
    }
}
