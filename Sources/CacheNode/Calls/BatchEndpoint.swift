internal import Caches
internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime

/// Answers many operations in one call, in their order, each with its result.
///
/// A read looks into the store alone: a batch waits for no origin.
struct BatchEndpoint: Sendable {
    /// Values beyond are not part of the answer.
    private static let answerBytesMax = 8 << 20
    private static let answerIsFull = CallRefusal(413, "The answer has become too large: read the key alone")

    let service: CacheService
    let bodies: BodyReader
    let entrance: ScopedEntrance

    func answer(_ request: HTTPRequest) throws(CallRefusal) -> HTTPResponse {
        let namespace = try EntryTarget.namespace(request.parameter("namespace"))
        let batch = try bodies.read(request.body) { [service] root, bytes in
            try BatchBody(root, bytes, namespace: namespace) { service.rules(of: $0) }
        }
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.key("results")
        writer.beginArray()
        for operation in batch.operations {
            writer.beginObject()
            switch operation {
            case .failure(let refusal): Self.append(refusal, to: &writer)
            case .success(let operation): perform(operation, request, &writer)
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store").with("Cache-Durability", "memory")
    }

    private func perform(_ operation: BatchBody.Operation, _ request: HTTPRequest, _ writer: inout JSONWriter) {
        guard entrance.admits(operation.namespace, request) else {
            return Self.append(CallRefusal(403, "The credential is not for this namespace"), to: &writer)
        }
        switch operation {
        case .get(let target): get(target, &writer)
        case .set(let target, let body, let condition):
            guard service.sync.isSynced(.now()) else { return Self.append(.unsynced, to: &writer) }
            perform(target, .set(body.value, tags: body.tags, body.lifetime), condition, &writer)
        case .delete(let target, let condition): perform(target, .delete, condition, &writer)
        case .invalidate(let namespace, let body):
            guard entrance.hostRefusal(body.selectors, request) == nil else {
                return Self.append(CallRefusal(403, "The credential is not for such a host"), to: &writer)
            }
            writer.member("status", 200)
            writer.member("success", true)
            let count = service.invalidate(body.selectors, in: namespace, isSoft: body.isSoft)
            writer.member("invalidated", Int64(count))
        }
    }

    private func perform(
        _ target: EntryTarget, _ change: CacheWrite.Change, _ condition: WriteCondition, _ writer: inout JSONWriter
    ) {
        let write = CacheWrite(namespace: target.namespace, key: target.key, change: change, condition: condition)
        service.perform(write) { outcome in
            if let refusal = outcome.refusal { return Self.append(refusal, to: &writer) }
            writer.member("status", 200)
            writer.member("success", true)
        }
    }

    private func get(_ target: EntryTarget, _ writer: inout JSONWriter) {
        let time = MonotonicTime.now()
        guard service.sync.isSynced(time) else {
            service.metrics.read(.bypass)
            return Self.append(.missing, to: &writer)
        }
        guard let number = service.store.number(target.namespace),
            case .found(let entry, let freshness) = service.store.lookup(
                service.store.address(number, target.key), CacheTime(time)),
            let value = entry.value, freshness != .staleIfError
        else {
            service.metrics.read(.miss)
            return Self.append(.missing, to: &writer)
        }
        service.metrics.read(freshness == .fresh ? .hit : .stale)
        guard writer.bytes.count + value.bytes.count <= Self.answerBytesMax else {
            return Self.append(Self.answerIsFull, to: &writer)
        }
        writer.member("status", 200)
        writer.key("value")
        writer.raw(value.bytes)
        writer.member("etag", value.entityTag.description)
        writer.member("age", entry.age(CacheTime(time)))
        writer.member("ttl", entry.statusTTL(CacheTime(time)))
        writer.member("tags", entry.tags)
    }

    private static func append(_ refusal: CallRefusal, to writer: inout JSONWriter) {
        writer.member("status", Int64(refusal.status))
        writer.member("error", refusal.words)
    }
}
