internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON

/// Answers PUT of the cache, and the purges of workers.
///
/// A PUT reaches the other nodes as well, and by rules of its namespace every edge; a purge stays within this one,
/// since each node is an edge of its own.
struct InvalidateEndpoint: Sendable {
    let service: CacheService
    let bodies: BodyReader
    let entrance: ScopedEntrance
    let puts: PublishingPuts

    /// `{"tags": […], "urls": […]}`
    func invalidate(
        _ request: HTTPRequest, _ namespace: Namespace, _ identity: WriteIdentity?
    ) throws(CallRefusal) -> HTTPResponse {
        let body = try bodies.read(request.body) { root, _ in try SelectorsBody(root) }
        if let refusal = entrance.hostRefusal(body.selectors, request) { return refusal }
        switch try puts.perform(body, in: namespace, request, identity) {
        case .refused(let refusal): return refusal
        case .done(let outcome, let id):
            return Self.answer("invalidated", outcome.count, published: id).naming(away: outcome.away)
        }
    }

    /// The same with the namespace in the body, as edges are asked.
    func purge(_ request: HTTPRequest) throws(CallRefusal) -> HTTPResponse {
        let body = try bodies.read(request.body) { root, _ in try SelectorsBody(root) }
        let namespace = body.namespace ?? .default
        guard entrance.admits(namespace, request) else { return entrance.namespaceRefusal(namespace, request) }
        if let refusal = entrance.hostRefusal(body.selectors, request) { return refusal }
        // What was stored since is newer than all of them.
        if service.appliedRequests.haveAll(body.requests, of: namespace) { return Self.answer("purged", 0) }
        return Self.answer("purged", service.invalidate(body.selectors, in: namespace, isSoft: body.isSoft))
    }

    private static func answer(
        _ name: StaticString, _ count: Int, published id: RequestID? = nil
    ) -> HTTPResponse {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.member("success", true)
        writer.member(name, Int64(count))
        if let id { writer.member(published: id) }
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}
