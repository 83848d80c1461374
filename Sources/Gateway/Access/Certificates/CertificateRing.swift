internal import HTTP
internal import Invalidations

/// The known certificates, by their marks.
struct CertificateRing: Sendable {
    private let byMark: [KnownCertificate.Mark: KnownCertificate]

    /// - Parameter certificates: of marks that differ; the first of two counts.
    init(_ certificates: [KnownCertificate]) {
        byMark = Dictionary(certificates.map { ($0.mark, $0) }) { first, _ in first }
    }

    /// The handshake has verified it, but a connection may outlive it.
    func principal(_ certificate: ClientCertificate, now: Timestamp) throws(AccessFault) -> Principal {
        guard let known = find(certificate) else { throw .certificate }
        guard now.milliseconds / 1_000 < certificate.expiresAt else { throw .expired }
        // So that nobody is taken for the holder of a key or of a configured token.
        return Principal("\(known.name) (certificate)", known.scopes, known.grant)
    }

    /// The mark that says most about it comes first.
    private func find(_ certificate: ClientCertificate) -> KnownCertificate? {
        if let known = byMark[.fingerprint(certificate.fingerprint)] { return known }
        for uri in certificate.uris { if let known = byMark[.uri(uri)] { return known } }
        for name in certificate.dnsNames { if let known = byMark[.dns(name)] { return known } }
        return certificate.subject.flatMap { byMark[.subject($0)] }
    }
}

extension ClientCertificate {
    private static let shownBytesMax = 256

    /// How logs name it: printable ASCII.
    var shownName: String {
        let name = subject?.description ?? uris.first ?? dnsNames.first ?? "(no name that can be shown)"
        return String(name.prefix(Self.shownBytesMax))
    }
}
