internal import Edges
internal import Invalidations
public import JSON

// Keys as JSON: in the file of keys, and in what commands show.
extension APIKey {
    /// Writes all that may be shown; the hash is left out.
    public func writeMembers(into writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("name", name)
        writer.member("scopes", scopes.names)
        if let namespaces = grant.namespaces { writer.member("namespaces", namespaces.map(\.description)) }
        if let hosts = grant.hosts { writer.member("hosts", hosts.map(\.description)) }
        writer.member("createdAt", createdAt.text)
        if let time = expiresAt { writer.member("expiresAt", time.text) }
        if let time = revokedAt { writer.member("revokedAt", time.text) }
    }
}
