public import HTTP

/// Known certificate: by which mark a client's certificate is recognised, and what it opens.
public struct KnownCertificate: Sendable, Equatable {
    public enum Mark: Hashable, Sendable {
        /// All of the subject, not a part of it.
        case subject(DistinguishedName)
        /// One of the alternative names of the kind URI, such as a SPIFFE id.
        case uri(String)
        /// One of those of the kind DNS, in lower case.
        case dns(String)
        /// SHA-256 of the whole certificate: that one alone, and no renewed one.
        case fingerprint([UInt8])
    }

    public var mark: Mark
    /// As logs and records show it.
    public var name: String
    public var scopes: Scopes
    public var grant: Grant

    public init(_ mark: Mark, name: String, scopes: Scopes, grant: Grant = .unlimited) {
        self.mark = mark
        self.name = name
        self.scopes = scopes
        self.grant = grant
    }
}
