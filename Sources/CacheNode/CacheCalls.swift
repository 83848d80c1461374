internal import Gateway
internal import HTTP
internal import Synchronization

/// The calls of a cache node at the address of another server; refused while the node does not run.
final class CacheCalls: MountedCalls {
    private let router = Mutex<CacheRouter?>(nil)

    func open(_ router: CacheRouter) { self.router.withLock { $0 = router } }
    func close() { router.withLock { $0 = nil } }

    /// Purges of workers, health and metrics are asked of the node itself.
    func serves(_ path: String) -> Bool {
        switch CacheCall(path: path) {
        case .entry, .batch, .stats, .rollout: true
        case .purge, .live, .ready, .metrics, nil: false
        }
    }

    func screen(_ request: inout HTTPRequest) -> HTTPResponse? {
        guard let router = router.withLock({ $0 }) else { return Self.away.response(to: request) }
        return router.screen(&request)
    }

    func answerRequest(_ request: HTTPRequest, _ responder: HTTPResponder) {
        guard let router = router.withLock({ $0 }) else {
            responder.respond(Self.away.response(to: request))
            return
        }
        router.answerRequest(request, responder)
    }

    func shapeRefusal(of request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse {
        router.withLock { $0 }?.shapeRefusal(of: request, response) ?? response
    }

    private static let away = CallRefusal(503, "The cache does not run", headers: [("Retry-After", "1")])
}
