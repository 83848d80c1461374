internal import Edges
internal import Invalidations
internal import JSON

/// Credentials that open the gateway beside API keys.
struct CredentialsInForce {
    let tokens: AccessPolicy.TokenCounts
    let certificates: [KnownCertificate]

    init(_ policy: AccessPolicy, _ certificates: [KnownCertificate]) {
        (tokens, self.certificates) = (policy.tokenCounts, certificates)
    }
}

/// The JSON by which credentials are told: never a secret, and never a hash.
enum KeysDocument {
    /// - Parameters:
    ///   - keys: from the page's first on.
    ///   - others: nil for who may not see them.
    static func bytes(_ keys: [APIKey], limit: Int, _ others: CredentialsInForce?, now: Timestamp) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * (min(limit, keys.count) + 2))
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        for key in keys.prefix(limit) {
            writer.beginObject()
            key.writeMembers(into: &writer)
            writer.member("state", key.closure(at: now)?.rawValue ?? "valid")
            writer.endObject()
        }
        writer.endArray()
        writer.key("next")
        if keys.count > limit { writer.string(keys[limit - 1].id) } else { writer.null() }
        if let others { write(others, to: &writer) }
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ others: CredentialsInForce, to writer: inout JSONWriter) {
        writer.key("tokens")
        writer.beginObject()
        writer.member("publisher", Int64(others.tokens.publisher))
        writer.member("operator", Int64(others.tokens.ofOperators))
        writer.member("cache", Int64(others.tokens.cache))
        writer.member("signed", others.tokens.believesSigned)
        writer.endObject()
        writer.key("certificates")
        writer.beginArray()
        for certificate in others.certificates {
            writer.beginObject()
            writer.member("name", certificate.name)
            writer.member("mark", certificate.mark.kind)
            writer.member("scopes", certificate.scopes.names)
            if let names = certificate.grant.namespaces { writer.member("namespaces", names.map(\.description)) }
            if let hosts = certificate.grant.hosts { writer.member("hosts", hosts.map(\.description)) }
            writer.endObject()
        }
        writer.endArray()
    }
}

extension KnownCertificate.Mark {
    /// As the configuration names it.
    fileprivate var kind: String {
        switch self {
        case .subject: "subject"
        case .uri: "uri"
        case .dns: "dns"
        case .fingerprint: "sha256"
        }
    }
}
