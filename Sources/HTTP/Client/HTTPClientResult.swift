/// How a request ended.
public enum HTTPClientResult: Sendable {
    /// The server answered, whatever the status.
    case response(HTTPClientResponse)
    case failure(HTTPClientFailure)
}

/// A complete answer.
public struct HTTPClientResponse: Sendable {
    public var status: Int
    /// The status line's phrase; empty over HTTP/2. Some caches answer in it ("Purged 3 objects").
    public var reason = ""
    /// From Retry-After, be it seconds or a date; more than zero, and a day at most. Nil for what is neither, or over.
    public var retryAfter: Duration?
    public var contentType: String?
    public var location: String?
    public var server: String?
    /// The fields whose names begin with `RateLimit` or `X-RateLimit`, as they came; the first few.
    public var rateLimits = HTTPHeaders()
    /// All fields, as they came; the first 64. Empty unless the request wants them.
    public var header = HTTPHeaders()
    public var body: [UInt8] = []

    public init(status: Int) {
        self.status = status
    }
}

/// No complete answer.
public struct HTTPClientFailure: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, CaseIterable {
        /// Nobody accepted the connection.
        case connect
        /// The host's name has no address.
        case resolve
        /// The time for connecting, or for the whole request, has passed.
        case timeout
        /// Handshake or verification failed, or a file of the TLS options can't be used.
        case tls
        /// The server closed the connection before the first line of an answer.
        case closedWithoutAnswer
        /// The answer's body is longer than the request allowed.
        case tooLarge
        /// What was given makes no request: its URL, method or header fields.
        case invalidURL
        /// By `cancelAll()`.
        case cancelled
        /// Anything else, such as a broken or incomplete answer.
        case other
    }

    public var kind: Kind
    public var message: String
    /// False only if no byte of the request has left: then the server can't have acted on it.
    public var mayHaveBeenSent: Bool

    public init(_ kind: Kind, _ message: String, mayHaveBeenSent: Bool) {
        self.kind = kind
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    public var description: String { message }
}
