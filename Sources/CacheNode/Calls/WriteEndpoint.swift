internal import Caches
internal import HTTP
internal import Runtime

/// Answers POST and DELETE of one entry.
struct WriteEndpoint: Sendable {
    let service: CacheService
    let bodies: BodyReader
    let publishing: PublishingWrites

    /// `{"value": …, "ttl": 60, "tags": ["a"]}`
    func store(
        _ request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        guard service.sync.isSynced(.now()) else { throw .unsynced }
        let rules = service.rules(of: target.namespace)
        let body = try bodies.read(request.body) { try StoreBody($0, $1, target.key, rules) }
        var lease: FillToken?
        if let text = request.headers.first(LeaseField.name) {
            guard let token = LeaseField.token(text) else { throw .malformedLease }
            lease = token
        }
        guard let answer = try publishing.passed(body, request, target, answer) else { return }
        let write = CacheWrite(
            namespace: target.namespace, key: target.key, change: .set(body.value, tags: body.tags, body.lifetime),
            condition: Self.condition(request), lease: lease)
        let status = CacheStatus.stored(
            ttl: body.lifetime.fresh.components.seconds, isClamped: body.isClamped)
        service.perform(write) { outcome in
            answer(
                Self.response(outcome, to: request) {
                    $0.with("ETag", body.value.entityTag.description).with(CacheStatus.name, status)
                })
        }
    }

    func delete(_ request: HTTPRequest, _ target: EntryTarget, _ answer: (HTTPResponse) -> Void) {
        let write = CacheWrite(
            namespace: target.namespace, key: target.key, change: .delete, condition: Self.condition(request))
        service.perform(write) { answer(Self.response($0, to: request) { $0 }) }
    }

    private static func condition(_ request: HTTPRequest) -> WriteCondition {
        WriteCondition(match: request.headers.list("If-Match"), noneMatch: request.headers.list("If-None-Match"))
    }

    private static func response(
        _ outcome: CacheWrite.Outcome, to request: HTTPRequest, _ complete: (HTTPResponse) -> HTTPResponse
    ) -> HTTPResponse {
        if let refusal = outcome.refusal { return refusal.response(to: request) }
        return complete(
            HTTPResponse.json(200, Array(#"{"success":true}"#.utf8))
                .with("Cache-Control", "no-store").with("Cache-Durability", "memory"))
    }
}

extension CacheWrite.Outcome {
    /// Nil where it was done.
    var refusal: CallRefusal? {
        switch self {
        case .done: nil
        case .tooLarge: .tooLarge
        case .conditionFailed: .conditionFailed
        case .leaseVoid: .leaseVoid
        case .tooManyNamespaces: .tooManyNamespaces
        }
    }
}
