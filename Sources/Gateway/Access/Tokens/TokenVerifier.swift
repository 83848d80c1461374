internal import Invalidations
internal import JSON
internal import Runtime

/// Verifies signed tokens (JSON Web Tokens), and says who they are of.
final class TokenVerifier: Sendable {
    /// Clocks of issuers and gateways are no further apart, in seconds.
    static let leeway = 60.0

    private let issuer: String
    private let audience: String
    private let secret: SigningKey?
    private let files: [ReloadedFile<[SigningKey]>]
    private let parsers: SharedSlots<JSONParser>

    /// - Parameter threads: that serve requests.
    /// - Throws: `ConfigurationError` for keys that can't be used.
    init(_ configuration: TokenConfiguration, threads: Int) throws {
        issuer = configuration.issuer
        audience = configuration.audience
        secret = configuration.secret.map { SigningKey(.secret(Array($0.utf8))) }
        let single = try configuration.publicKeyFile.map { path in
            try ReloadedFile(path) { try SigningKeySet.readPEM($0) }
        }
        let set = try configuration.keySetFile.map { path in
            try ReloadedFile(path) { try SigningKeySet.readJSON($0) }
        }
        files = [single, set].compactMap(\.self)
        parsers = SharedSlots(count: threads) { JSONParser(bytesMax: SignedToken.bytesMax, depthMax: 16) }
    }

    /// Reads the files of keys again that have changed.
    func refresh() -> [(path: String, outcome: ReloadedFile<[SigningKey]>.Outcome)] {
        files.map { ($0.path, $0.refresh()) }
    }

    func principal(_ credential: [UInt8], now: Timestamp) throws(AccessFault) -> Principal {
        let token = try SignedToken(credential)
        guard let header = parse(token.header, { SignedToken.Header($0) }) else { throw .malformed }
        // The header chooses among keys, never what a key is for.
        let keys = ((secret.map { [$0] } ?? []) + files.flatMap(\.value)).filter { key in
            key.algorithm == header.algorithm && (header.keyID == nil || key.id == nil || key.id == header.keyID)
        }
        guard keys.contains(where: { $0.verifies(token.signature, of: token.signed) }) else { throw .signature }
        guard let claims = parse(token.payload, { TokenClaims($0) }) else { throw .claims }
        return try principal(claims, now: now)
    }

    private func principal(_ claims: TokenClaims, now: Timestamp) throws(AccessFault) -> Principal {
        let seconds = Double(now.milliseconds) / 1_000
        guard let end = claims.expiresAt else { throw .claims }
        guard seconds < end + Self.leeway else { throw .expired }
        if let beginning = claims.notBefore, seconds < beginning - Self.leeway { throw .early }
        guard claims.issuer == issuer else { throw .issuer }
        guard claims.audiences.contains(audience) else { throw .audience }
        guard let subject = claims.subject, Principal.isName(subject) else { throw .claims }
        // So that nobody is taken for the holder of a key or of a configured token.
        return Principal("\(subject) (jwt)", claims.scopes, claims.grant)
    }

    private func parse<Value: Sendable>(_ bytes: [UInt8], _ make: @Sendable (JSONValue) -> Value?) -> Value? {
        (try? parsers.use { try $0.parse(bytes) { make($0) } }) ?? nil
    }
}
