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
    /// - Parameter event: of the CloudEvent around it, whose id counts where the object has none.
    /// - Returns: nil where the id is absent, or one of the two cannot be read.
    init?(_ object: JSONValue, event: EventAttributes?) {
        let own = object["id"].flatMap { $0.isNull ? nil : $0 }
        guard let id = own == nil ? event?.requestID : own?.utf8.flatMap({ RequestID.parse($0) }) else { return nil }
        var namespace = Namespace.default
        if let value = object["namespace"], !value.isNull {
            guard let named = value.string.flatMap({ Namespace($0) }) else { return nil }
            namespace = named
        }
        self.init(id: id, namespace: namespace)
    }
}
