import CMicrohttpd

/// Certificate that a client has shown, signed by one of the server's authorities.
public struct ClientCertificate: Hashable, Sendable {
    /// Nil where it is empty, too large, or not made of text.
    public var subject: DistinguishedName?
    /// Alternative names of the kind URI, such as `spiffe://shop.example/ci`: printable ASCII without blanks.
    public var uris: [String]
    /// Alternative names of the kind DNS, in lower case.
    public var dnsNames: [String]
    /// SHA-256 of the whole certificate.
    public var fingerprint: [UInt8]
    /// In seconds since 1970.
    public var expiresAt: Int

    public init(
        subject: DistinguishedName?, uris: [String], dnsNames: [String], fingerprint: [UInt8], expiresAt: Int
    ) {
        self.subject = subject
        self.uris = uris
        self.dnsNames = dnsNames
        self.fingerprint = fingerprint
        self.expiresAt = expiresAt
    }
}

// Reads what the library has verified.
extension ClientCertificate {
    private static let namesMax: UInt32 = 64
    private static let nameBytesMax = 1_024

    /// - Parameter connection: whose handshake is over.
    /// - Returns: nil where the client has shown none.
    init?(of connection: LibraryConnection) {
        guard let session = cs_http_session(connection.pointer) else { return nil }
        var count: UInt32 = 0
        guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        var made: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&made) == 0, let certificate = made else { return nil }
        defer { gnutls_x509_crt_deinit(certificate) }
        // The first is the client's own.
        guard gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) == 0,
            let fingerprint = Self.fingerprint(of: certificate)
        else { return nil }
        self.init(
            subject: DistinguishedName(subjectOf: certificate), uris: [], dnsNames: [], fingerprint: fingerprint,
            expiresAt: Int(gnutls_x509_crt_get_expiration_time(certificate)))
        readNames(of: certificate)
    }

    private static func fingerprint(of certificate: gnutls_x509_crt_t) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        let code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, &bytes, &count)
        return code == 0 && count == bytes.count ? bytes : nil
    }

    private mutating func readNames(of certificate: gnutls_x509_crt_t) {
        for index in 0..<Self.namesMax {
            var bytes = [UInt8](repeating: 0, count: Self.nameBytesMax)
            var count = bytes.count
            var kind: UInt32 = 0
            let code = gnutls_x509_crt_get_subject_alt_name2(certificate, index, &bytes, &count, &kind, nil)
            if code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE { return }
            // Too long, or of a kind that the library does not know.
            guard code >= 0 else { continue }
            let name = bytes.prefix(count)
            // A NUL would end the name for some readers, and not for others.
            guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { continue }
            switch kind {
            case GNUTLS_SAN_URI.rawValue: uris.append(String(decoding: name, as: UTF8.self))
            case GNUTLS_SAN_DNSNAME.rawValue: dnsNames.append(String(decoding: name, as: UTF8.self).lowercased())
            default: break
            }
        }
    }
}

extension DistinguishedName {
    /// UTF8String, NumericString, PrintableString and IA5String: the bytes of the others are no UTF-8.
    private static let textTags: Set<UInt> = [12, 18, 19, 22]

    fileprivate init?(subjectOf certificate: gnutls_x509_crt_t) {
        var name: gnutls_x509_dn_t?
        guard gnutls_x509_crt_get_subject(certificate, &name) == 0, let name else { return nil }
        var parts: [Set<Attribute>] = []
        var attributes = 0
        var bytes = 0
        while true {
            var part: Set<Attribute> = []
            while true {
                var found = gnutls_x509_ava_st()
                let code = gnutls_x509_dn_get_rdn_ava(name, Int32(parts.count), Int32(part.count), &found)
                guard code == 0 else { break }
                attributes += 1
                bytes += Int(found.value.size)
                guard attributes <= Self.attributesMax, bytes <= Self.bytesMax, Self.textTags.contains(found.value_tag),
                    part.insert(Attribute(found)).inserted
                else { return nil }
            }
            if part.isEmpty { break }
            parts.append(part)
        }
        guard !parts.isEmpty else { return nil }
        self.init(parts: parts.reversed())
    }
}

extension DistinguishedName.Attribute {
    fileprivate init(_ found: gnutls_x509_ava_st) {
        // Some versions count the NUL at its end.
        let type = UnsafeBufferPointer(start: found.oid.data, count: Int(found.oid.size)).prefix { $0 != 0 }
        let value = UnsafeBufferPointer(start: found.value.data, count: Int(found.value.size))
        self.init(type: String(decoding: type, as: UTF8.self), value: Array(value))
    }
}
