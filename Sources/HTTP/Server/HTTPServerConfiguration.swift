/// Where a server listens, and the bounds of everything a client may do to it.
public struct HTTPServerConfiguration: Sendable {
    public struct TLS: Sendable {
        /// The certificate chain, PEM text.
        public var certificate: String
        /// The private key, PEM text.
        public var key: String
        /// Whose certificates clients are asked for, PEM text; nil asks for none.
        public var clientAuthorities: String?
        /// Whether a client without one is refused. One that is not good is refused either way.
        public var requiresClientCertificate: Bool

        public init(
            certificate: String, key: String, clientAuthorities: String? = nil, requiresClientCertificate: Bool = true
        ) {
            self.certificate = certificate
            self.key = key
            self.clientAuthorities = clientAuthorities
            self.requiresClientCertificate = requiresClientCertificate
        }
    }

    /// A numeric IPv4 or IPv6 address, or a host name; "::" listens on both families.
    public var address = "127.0.0.1"
    /// 0 asks for a free port.
    public var port = 0
    /// Threads that serve connections.
    public var threads = 2
    /// Open connections in all; each thread takes its share of them. What comes beyond waits in the kernel's queue.
    public var connectionLimit = 1024
    /// Open connections of one client address; 0 sets no bound. What comes beyond is closed at once.
    public var perAddressLimit = 0
    /// After so long without a byte either way a connection is closed; whole seconds. Time in which an answer
    /// is awaited from the handler does not count.
    public var idleTimeout: Duration = .seconds(30)
    /// Within this time the client must have sent its whole request, and taken its whole answer.
    public var requestTimeout: Duration = .seconds(60)
    /// Memory of one connection: request line, header fields, and the pieces in which a body arrives.
    public var headerBytesMax = 32 * 1024
    public var targetBytesMax = 8 * 1024
    public var bodyBytesMax = 1024 * 1024
    /// Memory for the bodies of all requests that are not answered yet. What comes beyond is refused with 503.
    public var bodiesBytesMax = 512 * 1024 * 1024
    /// Answers of so many bytes and more are compressed where the client takes that; nil compresses none.
    public var compressedBytesMin: Int?
    /// How long `stop()` lets clients take the answers that are on their way.
    public var stopDeadline: Duration = .seconds(5)
    public var tls: TLS?
    /// Called when a request's header fields are there, on one of the server's threads: an answer refuses the request,
    /// and its body is neither awaited nor read. The request that it gets has no body; the context that it sets stays
    /// with the request.
    public var screen: (@Sendable (inout HTTPRequest) -> HTTPResponse?)?
    /// Called with what the server refuses of itself once it has the header fields; its answer is sent instead. The
    /// request has no body, and no path where the target was not or could not be decoded.
    public var refusal: (@Sendable (HTTPRequest, HTTPResponse) -> HTTPResponse)?
    /// The type of the problem documents that the server makes of itself, by their status (RFC 9457).
    public var problemType: @Sendable (_ status: Int) -> String = { _ in "about:blank" }
    /// Called once per request when it has ended, on one of the server's threads: it must be quick.
    public var onAccess: (@Sendable (HTTPAccess) -> Void)?
    /// The server's own complaints (a connection that broke, a header field that cannot be sent), one line each.
    public var onMessage: (@Sendable (String) -> Void)?

    public init(address: String = "127.0.0.1", port: Int = 0) {
        self.address = address
        self.port = port
    }
}

/// One line of an access log.
public struct HTTPAccess: Sendable {
    public let method: String
    /// Decoded; the target as sent when it could not be decoded.
    public let path: String
    /// 0 when the connection ended without an answer.
    public let status: Int
    /// From the request line to the end of the answer.
    public let duration: Duration
    /// Bytes of the answer's body that were handed out.
    public let bytes: Int
    public let remoteAddress: String
}

/// Why a server could not start.
public struct HTTPServerError: Error, CustomStringConvertible, Sendable {
    public let description: String
}
