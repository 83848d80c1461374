import CMicrohttpd

/// Certificate and key of a server, as its connections use them.
///
/// Each connection keeps the one that it began with, so that another may come at any time.
final class ServerCertificate: @unchecked Sendable {
    // The library only reads it, from all of its threads.
    private let credentials: gnutls_certificate_credentials_t
    private let client: cs_http_client

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
        client =
            switch (tls.clientAuthorities, tls.requiresClientCertificate) {
            case (nil, _): CS_HTTP_CLIENT_UNASKED
            case (_, false): CS_HTTP_CLIENT_ASKED
            case (_, true): CS_HTTP_CLIENT_REQUIRED
            }
    }

    deinit { gnutls_certificate_free_credentials(credentials) }

    /// Whether its clients are asked for a certificate.
    var asksClient: Bool { client != CS_HTTP_CLIENT_UNASKED }

    /// For a connection that has just been accepted.
    ///
    /// - Returns: false when the connection can't have it.
    func use(on connection: OpaquePointer) -> Bool {
        cs_http_use_credentials(connection, credentials, client) == 1
    }
}
