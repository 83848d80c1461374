internal import Invalidations
internal import JSON

/// What a client or a worker invalidates.
struct SelectorsBody: Sendable {
    let selectors: Selectors
    let isSoft: Bool
    /// Nil where the body names none.
    let namespace: Namespace?
    /// Those that a worker asks for, where the log has them all, or the one that a node is about to publish; otherwise
    /// empty.
    let requests: [RequestID]

    /// - Parameter object: with `tags`, `urls`, `prefixes`, `everything`, `mode`, `namespace` and `requests`, all of
    ///   them optional.
    init(_ object: JSONValue) throws(CallRefusal) {
        guard object.kind == .object else { throw CallRefusal(400, "The body must be an object with tags or urls") }
        var mode = PurgeMode.hard
        if let value = object["mode"], !value.isNull {
            guard let named = value.string.flatMap({ PurgeMode(rawValue: $0) }) else {
                throw CallRefusal(400, "mode must be soft or hard")
            }
            mode = named
        }
        isSoft = mode == .soft
        if let value = object["namespace"], !value.isNull {
            guard let name = value.string else { throw .namespaceNotAllowed }
            namespace = try EntryTarget.namespace(name)
        } else {
            namespace = nil
        }
        var requests: [RequestID] = []
        for text in try object.texts("requests", max: PurgeBatch.requestsMax) {
            guard let id = RequestID(text) else { throw CallRefusal(400, "requests must be ids of requests") }
            requests.append(id)
        }
        self.requests = requests
        selectors = Selectors(
            tags: try object.texts("tags", max: Limits.tags), urls: try object.texts("urls", max: Limits.urls),
            prefixes: try object.texts("prefixes", max: Limits.prefixes),
            everything: try object.truth("everything") ?? false)
    }

    private init(_ selectors: Selectors, isSoft: Bool, namespace: Namespace?, requests: [RequestID]) {
        (self.selectors, self.isSoft, self.namespace, self.requests) = (selectors, isSoft, namespace, requests)
    }

    /// The same as the log will say it.
    func naming(_ invalidation: Invalidation) -> SelectorsBody {
        SelectorsBody(
            invalidation.selectors, isSoft: isSoft, namespace: invalidation.namespace, requests: [invalidation.id])
    }
}
