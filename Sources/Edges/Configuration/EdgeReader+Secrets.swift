internal import Foundation
internal import HTTP
internal import Runtime

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
            credentials = .header(
                try inner.value("header").text, try inner.value("value", isSecret: true).text)
        } else if keys == ["user", "password"] {
            credentials = .basic(
                user: try inner.value("user").text, password: try inner.value("password", isSecret: true).text)
        } else {
            throw inner.invalid(
                "must hold one kind of credentials",
                advice: "set bearer, or header and value, or user and password")
        }
        guard let credentials else {
            throw inner.invalid(
                "cannot be sent in a header",
                advice: "take a header name of letters, digits and -, and values without control characters; "
                    + "no user with a colon")
        }
        return credentials
    }

    func tls(_ address: EdgeAddress) throws(ConfigurationError) -> TLSClientOptions? {
        guard let inner = try section.section("tls") else { return nil }
        try inner.allow(["ca", "certificate", "key", "keyPassword"])
        guard address.isSecure else {
            throw inner.invalid("is set, but the address begins with http://", advice: "write https://")
        }
        let certificate = try file(inner, "certificate")
        let key = try file(inner, "key")
        guard key == nil || certificate != nil else {
            throw inner.invalid("has a key without a certificate", advice: "set certificate too")
        }
        return TLSClientOptions(
            authorityFile: try file(inner, "ca"), certificateFile: certificate, keyFile: key,
            keyPassword: try inner.optional("keyPassword", isSecret: true)?.text)
    }

    private func file(_ inner: ConfigurationSection, _ key: String) throws(ConfigurationError) -> String? {
        guard let value = try inner.optional(key) else { return nil }
        let path = inner.path(value)
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw value.invalid("a file that can be read", advice: "name a PEM file")
        }
        return path
    }
}
