internal import Dispatch
internal import Gateway
internal import HTTP
internal import Invalidations
internal import Runtime
internal import Synchronization

/// Carries out `PUT`, and publishes it in namespaces whose rules send it to every edge.
///
/// The nodes that answer forget first, so that their count is exact. The log brings it to them once more, and to all
/// others for the first time.
struct PublishingPuts: Sendable {
    enum Outcome {
        /// With the id of what was published, if anything was.
        case done(PeerInvalidation.Outcome, RequestID?)
        /// The credential may not publish it. Nothing was forgotten.
        case refused(HTTPResponse)
    }

    private final class Ending: Sendable {
        /// Why it is not published; nil where it is.
        let fault = Mutex<String?>(nil)
        let isKnown = DispatchSemaphore(value: 0)
    }

    let peers: PeerInvalidation
    let publisher: ScopedPublisher
    let entrance: ScopedEntrance
    let requests: OwnRequestForm

    /// Blocks for some seconds at most, and where it publishes for as long as Kafka is given for a record.
    ///
    /// - Parameter passed: nodes that are not asked, since they were away a moment ago.
    func perform(
        _ body: SelectorsBody, in namespace: Namespace, _ request: HTTPRequest, _ identity: WriteIdentity? = nil,
        passing passed: [String] = []
    ) throws(CallRefusal) -> Outcome {
        let isPassedOn = PeerCalls.isPassedOn(request)
        // Another node asks, which publishes it, and names it.
        if isPassedOn, let id = body.requests.first {
            peers.service.appliedRequests.call(RequestIdentity(id: id, namespace: namespace), body.selectors)
        }
        guard !isPassedOn, peers.service.putScope(of: namespace) == .edges, !body.selectors.isEmpty else {
            return .done(peers.invalidate(body, in: namespace, request, passing: passed), nil)
        }
        let invalidation = try requests.request(body, in: namespace, identity)
        if let refusal = entrance.publishRefusal(invalidation, request) { return .refused(refusal) }
        // As the log will say it.
        let published = body.naming(invalidation)
        peers.service.appliedRequests.call(
            RequestIdentity(id: invalidation.id, namespace: namespace), published.selectors)
        let outcome = peers.invalidate(published, in: namespace, request, passing: passed)
        try publish(invalidation, for: request)
        return .done(outcome, invalidation.id)
    }

    private func publish(_ invalidation: Invalidation, for request: HTTPRequest) throws(CallRefusal) {
        let ending = Ending()
        publisher.publish(invalidation, for: request) { outcome in
            ending.fault.withLock { $0 = outcome.fault }
            ending.isKnown.signal()
        }
        ending.isKnown.wait()
        guard let fault = ending.fault.withLock({ $0 }) else { return peers.service.metrics.published.increment() }
        peers.service.metrics.unpublished.increment()
        throw CallRefusal(
            503, "The cache has forgotten it, and it is not published: \(fault); send it once more",
            headers: [("Retry-After", "1")])
    }
}
