internal import Caches
internal import Gateway
internal import HTTP
internal import Runtime

/// Asks the owner of a key in the name of another node's client.
///
/// A browser that is sent to another origin loses its credential, so the node asks itself: once, with the client's
/// credential, within a bounded time. How many are on their way is bounded, too.
final class OwnerForwarding: Sendable {
    typealias Answer = @Sendable (HTTPResponse) -> Void

    private static let countMax = 1_024
    /// Longer than an owner waits for its log.
    static let timeout = Duration.seconds(20)
    private static let answerBytesMax = CacheLimits.valueBytes + 65_536

    private let metrics: CacheMetrics
    private let calls = HTTPCalls(of: "the owners of keys", countMax: countMax)

    init(_ metrics: CacheMetrics) {
        self.metrics = metrics
    }

    /// - Returns: what gets the node's own answer. If that names the key's owner, the owner's answer is the client's.
    func passed(_ request: HTTPRequest, _ answer: @escaping Answer) -> Answer {
        { [self] response in
            guard response.status == CallRefusal.elsewhereStatus,
                let url = response.headers.first(where: { $0.0 == "Location" })?.1
            else { return answer(response) }
            guard request.headers.first(PeerCalls.field) == nil else {
                return answer(CallRefusal.passedOn.response(to: request))
            }
            guard PeerCalls.canPass(request) else { return answer(response) }
            forward(request, to: url, answer)
        }
    }

    private func forward(_ request: HTTPRequest, to url: String, _ answer: @escaping Answer) {
        var forwarded = HTTPClientRequest(
            // The server leaves the body out where it was not asked for.
            method: request.method == "HEAD" ? "GET" : request.method, url: url,
            headers: PeerCalls.fields(of: request), body: request.body, timeout: Self.timeout,
            responseBytesMax: Self.answerBytesMax)
        forwarded.keepsHeader = true
        let head = request.withoutBody
        let isAccepted = calls.accept(forwarded) { [self] result, _ in answer(response(result, to: head)) }
        if !isAccepted { answer(CallRefusal.tooManyCalls.response(to: request)) }
    }

    /// Forwards nothing more; those that wait are told.
    func close() { calls.close() }

    /// Works until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`, `HTTPClientFailure`
    func run() throws { try calls.run() }

    private func response(_ result: HTTPClientResult, to request: HTTPRequest) -> HTTPResponse {
        switch result {
        // It owns the key no more, or is not the node that was meant.
        case .response(let answer) where answer.status == 421 || answer.status == CallRefusal.elsewhereStatus:
            metrics.forwarded(isAnswered: false)
            return CallRefusal.restoring.response(to: request)
        case .response(let answer):
            metrics.forwarded(isAnswered: true)
            return HTTPResponse(
                status: answer.status, headers: PeerCalls.passed(answer.header), body: answer.body)
        case .failure(let failure):
            metrics.forwarded(isAnswered: false)
            let isUnknown = failure.mayHaveBeenSent && !["GET", "HEAD"].contains(request.method)
            return (isUnknown ? CallRefusal.ownerIsSilent : .ownerIsAway).response(to: request)
        }
    }
}
