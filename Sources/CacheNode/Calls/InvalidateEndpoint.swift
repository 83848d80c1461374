internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON

/// Answers PUT of the cache, and the purges of workers.
///
/// A PUT reaches the other nodes as well; a purge stays within this one, since each node is an edge of its own.
struct InvalidateEndpoint: Sendable {
    let service: CacheService
    let bodies: BodyReader
    let entrance: ScopedEntrance
    let peers: PeerInvalidation

    /// `{"tags": […], "urls": […]}`
    func invalidate(_ request: HTTPRequest, _ namespace: Namespace) throws(CallRefusal) -> HTTPResponse {
        let body = try bodies.read(request.body) { root, _ in try SelectorsBody(root) }
        if let refusal = entrance.hostRefusal(body.selectors, request) { return refusal }
        let outcome = peers.invalidate(body, in: namespace, request)
        return Self.answer("invalidated", outcome.count).naming(away: outcome.away)
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

    private static func answer(_ name: StaticString, _ count: Int) -> HTTPResponse {
        var writer = JSONWriter(capacity: 64)
        writer.beginObject()
        writer.member("success", true)
        writer.member(name, Int64(count))
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}
