internal import JSON

/// The id and the namespace of a request, all that a status needs.
public struct RequestIdentity: Hashable, Sendable {
    public let id: RequestID
    public let namespace: Namespace

    public init(id: RequestID, namespace: Namespace) {
        self.id = id
        self.namespace = namespace
    }

    /// Reads both from an object that is no valid request as a whole; a namespace that is absent is the default one.
    ///
    /// - Returns: nil where the id is absent, or one of the two cannot be read.
    init?(_ object: JSONValue) {
        guard let id = object["id"]?.utf8.flatMap({ RequestID.parse($0) }) else { return nil }
        var namespace = Namespace.default
        if let value = object["namespace"], !value.isNull {
            guard let named = value.string.flatMap({ Namespace($0) }) else { return nil }
            namespace = named
        }
        self.init(id: id, namespace: namespace)
    }
}
