internal import HTTP
internal import Invalidations

/// Whose requests a client means.
enum NamespaceParameter {
    /// - Returns: nil where the request names none.
    static func read(_ request: HTTPRequest) throws(ParameterError) -> Namespace? {
        guard let text = request.parameter("namespace") else { return nil }
        guard let namespace = Namespace(text) else {
            throw ParameterError("namespace", "1 to \(Limits.namespaceBytes) characters of A-Z a-z 0-9 . _ : -")
        }
        return namespace
    }
}
