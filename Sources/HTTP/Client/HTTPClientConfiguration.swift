internal import Runtime

/// What all requests of one client have in common.
public struct HTTPClientConfiguration: Sendable {
    /// Connections to one host and port; requests beyond wait inside the client, and their timeout runs.
    public var connectionsPerHostMax = 64
    /// Connections in all, busy and idle.
    public var connectionsMax = 1024
    /// For name resolution, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(5)
    /// A proxy's URL. The proxy variables of the environment are ignored either way.
    public var proxy: String?
    public var userAgent = "cachesync/\(ProgramVersion.text)"

    public init() {}
}

/// How a server is verified and how the client proves itself. One value serves many requests, which refer to it:
/// requests that share one share connections.
public final class TLSClientOptions: Sendable {
    /// PEM file of the authorities to trust instead of the system's.
    public let authorityFile: String?
    /// PEM file of the client's certificate chain.
    public let certificateFile: String?
    /// PEM file of the certificate's key; nil when it stands in the certificate's file.
    public let keyFile: String?
    public let keyPassword: String?

    public init(
        authorityFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil,
        keyPassword: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
    }
}

/// The versions of HTTP a request may use. HTTP/2 without TLS is not among them: libcurl 7.88 fails each request
/// after a connection's first.
public enum HTTPClientVersion: Sendable {
    /// HTTP/2 where a TLS server offers it, otherwise HTTP/1.1.
    case automatic
    case http1
}
