internal import Edges
internal import Invalidations
internal import JSON

/// Claims of a signed token (RFC 7519), as far as the gateway reads them.
struct TokenClaims: Sendable {
    let issuer: String?
    let audiences: [String]
    let subject: String?
    /// Seconds since 1970.
    let expiresAt: Double?
    let notBefore: Double?
    let scopes: Scopes
    let grant: Grant

    /// - Returns: nil for claims that are not of the form they must have.
    init?(_ root: JSONValue) {
        guard root.kind == .object else { return nil }
        issuer = root["iss"]?.string
        subject = root["sub"]?.string
        audiences = root["aud"]?.string.map { [$0] } ?? root["aud"].flatMap(Self.texts) ?? []
        for name in ["exp", "nbf"] as [StaticString] {
            if let time = root[name], time.double?.isFinite != true { return nil }
        }
        expiresAt = root["exp"]?.double
        notBefore = root["nbf"]?.double
        // A provider that has no object for us names the limits beside its own claims.
        let own = root["cachesync"] ?? root
        guard own.kind == .object, let scopes = Self.scopes(root, own),
            let namespaces = Self.patterns(own["namespaces"], { NamespacePattern($0) }),
            let hosts = Self.patterns(own["hosts"], { HostPattern($0) })
        else { return nil }
        self.scopes = scopes
        grant = Grant(namespaces: namespaces, hosts: hosts)
    }

    /// Of the claim `scope`, words of other services included, or of a list of ours.
    private static func scopes(_ root: JSONValue, _ own: JSONValue) -> Scopes? {
        if let list = own["scopes"] {
            guard let names = texts(list) else { return nil }
            return union(names)
        }
        guard let scope = root["scope"] else { return [] }
        return scope.string.map { union($0.split(separator: " ").map(String.init)) }
    }

    private static func union(_ names: [String]) -> Scopes {
        names.reduce(into: []) { scopes, name in
            let own = name.hasPrefix("cachesync:") ? String(name.dropFirst("cachesync:".count)) : name
            if let scope = Scopes(name: own) { scopes.insert(scope) }
        }
    }

    /// - Returns: nil for what is no list of patterns; `.some(nil)` for what is not given, which limits nothing.
    private static func patterns<Pattern>(_ value: JSONValue?, _ make: (String) -> Pattern?) -> [Pattern]?? {
        guard let value else { return .some(nil) }
        guard let texts = texts(value), texts.count <= Grant.patternsMax else { return nil }
        let patterns = texts.compactMap(make)
        return patterns.count == texts.count ? .some(patterns) : nil
    }

    private static func texts(_ value: JSONValue) -> [String]? {
        guard value.kind == .array else { return nil }
        var texts: [String] = []
        value.forEachElement { if let text = $0.string { texts.append(text) } }
        return texts.count == value.count ? texts : nil
    }
}
