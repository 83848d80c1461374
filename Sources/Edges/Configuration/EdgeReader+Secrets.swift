internal import Foundation
internal import HTTP
internal import Runtime

// Reads credentials, headers and TLS files of an edge.
extension EdgeReader {
    /// `{bearer: …}`, `{header: name, value: …}` or `{user: …, password: …}`; every value may be `{env: NAME}` or
    /// `{file: path}`.
    func credentials(_ address: EdgeAddress) throws(ConfigurationError) -> EdgeCredentials {
        guard let inner = try section.section("credentials") else { return .none }
        try inner.allow(["bearer", "header", "value", "user", "password"])
        let keys = Set(inner.keys)
        let credentials: EdgeCredentials?
        if keys == ["bearer"] {
            credentials = .bearer(try inner.value("bearer", isSecret: true).text)
        } else if keys == ["header", "value"] {
            let name = try inner.value("header")
            try Self.check(name.text, name)
            credentials = .header(name.text, try inner.value("value", isSecret: true).text)
        } else if keys == ["user", "password"] {
            credentials = .basic(
                user: try inner.value("user").text, password: try inner.value("password", isSecret: true).text)
        } else {
            throw inner.invalid(
                "must hold one kind of credentials",
                hint: "set bearer, or header and value, or user and password")
        }
        guard let credentials else {
            throw inner.invalid(
                "cannot be sent in a header",
                hint: "take a header name of letters, digits and -, and values without control characters; "
                    + "no user with a colon")
        }
        return credentials
    }

    /// `{X-Site: a, User-Agent: b}`; every value may be `{env: NAME}` or `{file: path}`, and is a secret then.
    func headers() throws(ConfigurationError) -> (fields: [EdgeHeader], secrets: [String]) {
        guard let inner = try section.section("headers") else { return ([], []) }
        var fields: [EdgeHeader] = []
        var secrets: [String] = []
        for name in inner.keys {
            let value = try inner.value(name)
            try Self.check(name, value)
            guard HeaderRule.isValue(value.text) else {
                throw value.invalid("the value of a header", hint: "take out line ends and control characters")
            }
            guard name.lowercased() != "authorization" else {
                throw value.invalid("for `headers`", hint: "set credentials instead")
            }
            guard !fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw value.invalid("once there", hint: "set each header once")
            }
            fields.append(EdgeHeader(name, value.text))
            if value.isSecret, !value.text.isEmpty { secrets.append(value.text) }
        }
        guard fields.count <= 50 else { throw inner.invalid("has more than 50 headers", hint: "set fewer") }
        return (fields, secrets)
    }

    /// - Parameter value: where the name stands, or what it is set to.
    private static func check(_ name: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        guard HeaderRule.isName(name) else {
            throw value.invalid(
                "the name of a header that can be sent",
                hint: "take a name of letters, digits and -, such as X-Purge-Key")
        }
        if let reason = HeaderRule.refusal(name) {
            throw value.invalid("allowed: the header \(name) \(reason)", hint: "take another header")
        }
    }

    /// Publishers choose the hosts in their URLs. What must stay between the edge and us must not go wherever a name
    /// that they chose leads.
    func checkSecrets(_ edge: EdgeConfiguration) throws(ConfigurationError) {
        let hasSecrets = edge.credentials.header != nil || !edge.secrets.isEmpty
        guard hasSecrets, edge.adapter.capabilities.namesHosts else { return }
        guard let grants = edge.sharing.hosts, !grants.contains(where: { $0.hosts.contains(where: \.isAny) }) else {
            throw section.invalid(
                "would send its credentials with whatever host a publisher names",
                hint: "set host, or hosts: the ones that each namespace may purge, such as "
                    + "hosts: {\"*\": [shop.example, \"*.shop.example\"]}")
        }
    }

    func tls(_ address: EdgeAddress) throws(ConfigurationError) -> TLSClientOptions? {
        guard let inner = try section.section("tls") else { return nil }
        try inner.allow(["ca", "certificate", "key", "keyPassword"])
        guard address.isSecure else {
            throw inner.invalid("is set, but the address begins with http://", hint: "write https://")
        }
        let certificate = try file(inner, "certificate")
        let key = try file(inner, "key")
        guard key == nil || certificate != nil else {
            throw inner.invalid("has a key without a certificate", hint: "set certificate too")
        }
        return TLSClientOptions(
            authorityFile: try file(inner, "ca"), certificateFile: certificate, keyFile: key,
            keyPassword: try inner.optional("keyPassword", isSecret: true)?.text)
    }

    private func file(_ inner: ConfigurationSection, _ key: String) throws(ConfigurationError) -> String? {
        guard let value = try inner.optional(key) else { return nil }
        let path = inner.path(value)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw value.invalid("a file that can be read", hint: "name a PEM file")
        }
        return path
    }
}
