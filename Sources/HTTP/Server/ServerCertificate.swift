import CMicrohttpd

/// Certificate and key of a server, as its connections use them.
///
/// Each connection keeps the one that it began with, so that another may come at any time.
final class ServerCertificate: @unchecked Sendable {
    // The library only reads it, from all of its threads.
    private let credentials: gnutls_certificate_credentials_t
    private let asksClient: Bool

    /// - Returns: nil for a certificate, a key or authorities that can't be used.
    init?(_ tls: HTTPServerConfiguration.TLS) {
        let made = tls.certificate.withCString { certificate in
            tls.key.withCString { key in
                guard let clients = tls.clientAuthorities else { return cs_http_credentials(certificate, key, nil) }
                return clients.withCString { cs_http_credentials(certificate, key, $0) }
            }
        }
        guard let made else { return nil }
        credentials = made
        asksClient = tls.clientAuthorities != nil
    }

    deinit { gnutls_certificate_free_credentials(credentials) }

    /// For a connection that has just been accepted.
    ///
    /// - Returns: false when the connection can't have it.
    func use(on connection: OpaquePointer) -> Bool {
        cs_http_use_credentials(connection, credentials, asksClient ? 1 : 0) == 1
    }
}
