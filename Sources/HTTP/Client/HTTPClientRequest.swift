/// One request. Redirects are not followed: a 3xx is an answer like any other.
public struct HTTPClientRequest: Sendable {
    /// Any token: GET, POST, PURGE, ….
    public var method: String
    /// http or https. Sent as it is: dots in the path are not resolved.
    public var url: String
    /// What the request line says instead of the URL's path and query, such as a proxy's whole URL; HTTP/1.1 only.
    public var target: String?
    /// Prebuilt fields, shared with other requests; the cheap way.
    public var sharedHeaders: HTTPHeaderList?
    /// Fields of this request alone, sent after the shared ones.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// For everything from `send` to the end of the answer.
    public var timeout: Duration
    /// Nil trusts the system's authorities and shows no certificate.
    public var tls: TLSClientOptions?
    public var version: HTTPClientVersion
    /// A longer body of the answer is a failure.
    public var responseBytesMax: Int
    /// Whether the answer's body is wanted. `HTTPClient` drops what nobody wants, however long it is.
    public var keepsBody = true
    /// Whether the answer's header fields are wanted.
    public var keepsHeader = false

    public init(
        method: String = "GET", url: String, headers: [(String, String)] = [], sharedHeaders: HTTPHeaderList? = nil,
        body: [UInt8] = [], timeout: Duration = .seconds(10), tls: TLSClientOptions? = nil,
        version: HTTPClientVersion = .automatic, responseBytesMax: Int = 64 * 1024
    ) {
        self.method = method
        self.url = url
        self.headers = headers.map { (name: $0.0, value: $0.1) }
        self.sharedHeaders = sharedHeaders
        self.body = body
        self.timeout = timeout
        self.tls = tls
        self.version = version
        self.responseBytesMax = responseBytesMax
    }

    /// The list to send; built anew only for fields of this request alone.
    func headerList() throws(HTTPHeaderError) -> HTTPHeaderList {
        let shared = sharedHeaders ?? .none
        return headers.isEmpty ? shared : try HTTPHeaderList(shared.fields + headers)
    }
}
