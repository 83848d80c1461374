internal import Caches
internal import Gateway
internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime
internal import Synchronization

/// Writes that publish an invalidation as well, once the value is stored.
///
/// Where Kafka does not take the request the value stands, and the answer is no success. The same write with the same
/// Idempotency-Key then publishes alone: somebody else may have changed the value meanwhile, and keeps it.
final class PublishingWrites: Sendable {
    private static let halfMax = 1_024

    private let service: CacheService
    private let publisher: ScopedPublisher
    private let entrance: ScopedEntrance
    private let requests: OwnRequestForm
    /// Answers of writes that stand, whose requests are not in Kafka so far as is known.
    private let unpublished = Mutex(RecentMap<WriteIdentity, HTTPResponse>(halfMax: halfMax))

    init(
        _ service: CacheService, _ publisher: ScopedPublisher, _ entrance: ScopedEntrance, _ requests: OwnRequestForm
    ) {
        (self.service, self.publisher, self.entrance, self.requests) = (service, publisher, entrance, requests)
    }

    /// - Returns: what takes the answer to the write; nil where there is nothing left to write.
    /// - Throws: for what must not or cannot be published; nothing is stored then.
    func passed(
        _ body: StoreBody, _ request: HTTPRequest, _ target: EntryTarget, _ identity: WriteIdentity?,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) -> (@Sendable (HTTPResponse) -> Void)? {
        guard let selectors = body.invalidate else { return answer }
        let invalidation: Invalidation
        do {
            invalidation = try requests.request(selectors, in: target.namespace, identity)
        } catch {
            throw CallRefusal(error.status, "invalidate: \(error.words)")
        }
        if let refusal = entrance.publishRefusal(invalidation, request) {
            answer(refusal)
            return nil
        }
        let head = request.withoutBody
        let afterwards: @Sendable (HTTPResponse) -> Void = { [self] stored in
            publish(invalidation, body.value, target, head, identity, stored, answer)
        }
        if let identity, let stored = unpublished.withLock({ $0[identity] }) {
            afterwards(stored)
            return nil
        }
        return { stored in
            if stored.status == 200 { afterwards(stored) } else { answer(stored) }
        }
    }

    private func publish(
        _ invalidation: Invalidation, _ value: CacheValue, _ target: EntryTarget, _ request: HTTPRequest,
        _ identity: WriteIdentity?, _ stored: HTTPResponse, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) {
        if let number = service.store.number(target.namespace) {
            let entry = SparedEntry(service.store.address(number, target.key), value.entityTag)
            service.ownRequests.add(invalidation.id, target.namespace, entry)
        }
        publisher.publish(invalidation, for: request) { [self] outcome in
            if let fault = outcome.fault { return fail(fault, request, identity, stored, answer) }
            service.metrics.published.increment()
            if let identity { unpublished.withLock { $0.remove(identity) } }
            answer(Self.published(invalidation.id, stored))
        }
    }

    private func fail(
        _ reason: String, _ request: HTTPRequest, _ identity: WriteIdentity?, _ stored: HTTPResponse,
        _ answer: (HTTPResponse) -> Void
    ) {
        service.metrics.unpublished.increment()
        if let identity { unpublished.withLock { $0.set(stored, for: identity) } }
        let remedy =
            identity == nil
            ? "store it once more, or publish it at the gateway" : "send the same with its Idempotency-Key once more"
        answer(
            CallRefusal(
                503, "The value is stored, and its invalidation is not published: \(reason); \(remedy)",
                headers: [("Retry-After", "1")]
            ).response(to: request))
    }

    private static func published(_ id: RequestID, _ stored: HTTPResponse) -> HTTPResponse {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.member("success", true)
        writer.member(published: id)
        writer.endObject()
        var response = stored
        response.body = writer.bytes
        return response
    }
}
