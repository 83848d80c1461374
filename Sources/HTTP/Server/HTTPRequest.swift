/// A request that has arrived in full.
public struct HTTPRequest: Sendable {
    /// As sent: "GET", "POST", "PURGE". `HEAD` may be answered like `GET`: its body is left out by the server.
    public var method: String
    /// Decoded, without the query: "/status/0190…".
    public var path: String
    /// As sent: "/status/0190…?wait=10s".
    public var target: String
    /// Decoded, in the order they came; a name without "=" has an empty value.
    public var query: [(name: String, value: String)]
    public var headers: HTTPHeaders
    public var body: [UInt8]
    /// The client's address in digits, without the port.
    public var remoteAddress: String
    /// What the client has shown, where it is asked for one.
    public var clientCertificate: ClientCertificate?
    /// What `HTTPServerConfiguration.screen` has found out about the request, for its handler.
    public var context: (any Sendable)?

    public init(
        method: String, path: String, target: String? = nil, query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.target = target ?? path
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The first query parameter of that name.
    public func parameter(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
