internal import Basics
internal import Crypto
internal import Edges
internal import HTTP
public import Runtime

/// Reads the list `gateway.clientCertificates` of a configuration file.
public enum CertificateList {
    public static let countMax = 10_000

    /// The key that the list stands under, to be declared among the configuration's keys.
    public static let key = ConfigurationKey(
        "gateway.clientCertificates", environment: nil, isStructured: true,
        help: "Client certificates that are credentials: a list of subject, uri, dns or sha256, with scopes and more")

    /// - Throws: for the first setting that cannot be used, naming its line; unknown keys and marks that appear twice
    ///   are refused.
    public static func read(_ sources: ConfigurationSources) throws(ConfigurationError) -> [KnownCertificate] {
        let sections = try sources.sections(key.name)
        guard sections.count <= countMax else {
            throw sections[countMax].invalid(
                "is one of \(sections.count) certificates, more than the \(countMax) allowed")
        }
        var certificates: [KnownCertificate] = []
        var origins: [KnownCertificate.Mark: Origin] = [:]
        for section in sections {
            let certificate = try CertificateReader(section: section).certificate()
            if let first = origins.updateValue(section.origin, forKey: certificate.mark) {
                throw section.invalid("is of the same certificates as the entry at \(first)", hint: "remove one")
            }
            certificates.append(certificate)
        }
        return certificates
    }
}

/// Reads one entry, key by key.
private struct CertificateReader {
    private static let marks = ["subject", "uri", "dns", "sha256"]

    let section: ConfigurationSection

    func certificate() throws(ConfigurationError) -> KnownCertificate {
        try section.allow(Self.marks + ["name", "scopes", "namespaces", "hosts"])
        let (mark, text) = try mark()
        guard let name = try section.optional("name") else {
            guard Principal.isName(text) else {
                throw section.invalid("has no name that can be shown in logs", hint: "give name: in printable ASCII")
            }
            return try certificate(mark, name: text)
        }
        guard Principal.isName(name.text) else {
            throw name.invalid("a name of 1 to \(Principal.nameBytesMax) characters of printable ASCII")
        }
        return try certificate(mark, name: name.text)
    }

    private func certificate(
        _ mark: KnownCertificate.Mark, name: String
    ) throws(ConfigurationError) -> KnownCertificate {
        var grant = Grant(namespaces: try section.optional("namespaces")?.namespacePatterns(), hosts: nil)
        grant.hosts = try section.optional("hosts").map { value throws(ConfigurationError) in try hosts(value) }
        for (list, count) in [("namespaces", grant.namespaces?.count), ("hosts", grant.hosts?.count)] {
            guard count ?? 1 > 0, count ?? 1 <= Grant.patternsMax else {
                throw section.invalid(
                    "has \(count ?? 0) \(list), and may have 1 to \(Grant.patternsMax)", hint: "leave it out for all")
            }
        }
        return KnownCertificate(mark, name: name, scopes: try scopes(), grant: grant)
    }

    private func mark() throws(ConfigurationError) -> (KnownCertificate.Mark, String) {
        var values: [ConfigurationValue] = []
        for name in Self.marks { if let value = try section.optional(name) { values.append(value) } }
        guard values.count == 1, let value = values.first else {
            throw section.invalid(
                "has \(values.isEmpty ? "none" : "more than one") of \(Self.marks.joined(separator: ", "))",
                hint: "give one of them: it says which certificates are meant")
        }
        let text = value.text
        switch value.key.split(separator: ".").last {
        case "subject":
            guard let name = DistinguishedName(text) else {
                throw value.invalid(
                    "a subject as RFC 4514 writes it",
                    hint: "write all of it, as this shows it: openssl x509 -noout -subject -nameopt RFC2253 -in FILE")
            }
            return (.subject(name), text)
        case "uri":
            guard text.contains(":"), isPlain(text) else {
                throw value.invalid("a URI", hint: "write it like spiffe://shop.example/ci")
            }
            return (.uri(text), text)
        case "dns":
            guard isPlain(text), !text.contains("*") else {
                throw value.invalid("the name of a host", hint: "write it like ci.shop.example, without a star")
            }
            return (.dns(text.lowercased()), text)
        default:
            guard let fingerprint = fingerprint(text) else {
                throw value.invalid(
                    "a SHA-256 in hexadecimal", hint: "openssl x509 -noout -fingerprint -sha256 -in FILE shows it")
            }
            return (.fingerprint(fingerprint), "sha256:\(Hexadecimal.text(fingerprint.prefix(8)))")
        }
    }

    private func isPlain(_ text: String) -> Bool {
        (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private func fingerprint(_ text: String) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }.map { Hexadecimal.value(of: $0) }
        guard digits.count == 2 * SHA256Digest.byteCount else { return nil }
        return stride(from: 0, to: digits.count, by: 2).reduce(into: []) { bytes, index in
            guard let high = digits[index], let low = digits[index + 1] else { return bytes = nil }
            bytes?.append(high << 4 | low)
        }
    }

    private func scopes() throws(ConfigurationError) -> Scopes {
        let value = try section.value("scopes")
        var scopes: Scopes = []
        for name in value.list() {
            guard let scope = Scopes(name: name) else {
                throw value.invalid("a list of \(Scopes.allNames.joined(separator: ", "))")
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private func hosts(_ value: ConfigurationValue) throws(ConfigurationError) -> [HostPattern] {
        var hosts: [HostPattern] = []
        for text in value.list() {
            guard let pattern = HostPattern(text) else {
                throw value.invalid("a list of hosts", hint: "write them like shop.example or *.shop.example")
            }
            hosts.append(pattern)
        }
        return hosts
    }
}
