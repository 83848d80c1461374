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
    private let turns = ForwardTurns(countMax: countMax)
    private let calls = HTTPCalls(
        of: "the owners of keys", countMax: countMax, connectionsPerHostMax: 2 * ForwardTurns.activeMax)

    init(_ metrics: CacheMetrics) {
        self.metrics = metrics
    }

    /// - Returns: what gets the node's own answer. If that names the key's owner, the owner's answer is the client's.
    func passed(_ request: HTTPRequest, _ mirrors: MirrorReads, _ answer: @escaping Answer) -> Answer {
        { [self] response in
            guard response.status == CallRefusal.elsewhereStatus,
                let url = response.headers.first(where: { $0.0 == "Location" })?.1
            else { return answer(response) }
            guard !PeerCalls.isPassedOn(request) else {
                return answer(CallRefusal.passedOn.response(to: request))
            }
            guard PeerCalls.canPass(request) else { return answer(response) }
            forward(request, to: url, mirrors, answer)
        }
    }

    /// Answers from a mirror, or asks the owner.
    ///
    /// - Parameter stand: answers for an owner that does not, and is called for reads alone; nil where
    ///   nobody can.
    func forward(
        _ request: HTTPRequest, to url: String, _ mirrors: MirrorReads, orElse stand: (@Sendable () -> Void)? = nil,
        _ answer: @escaping Answer
    ) {
        let asTheClientAsked: @Sendable () -> Void = { [self] in
            send(request, to: url, PeerCalls.fieldsWithCoding(of: request)) { [self] result in
                mirrors.wrote(request)
                if let stand, Self.isRead(request), Self.isAway(result) {
                    metrics.forwarded(isAnswered: false)
                    return stand()
                }
                answer(response(result, to: request))
            }
        }
        switch mirrors.step(request) {
        case .answer(let response): answer(response)
        case .pass: asTheClientAsked()
        case .begin(let start, let position):
            let fields = MirrorReads.fields(PeerCalls.fields(of: request), position: position)
            send(request, to: url, fields) { [self] result in
                // Otherwise the owner does not know the log as far as this node, or has no entry.
                guard case .response(let owners) = result, owners.status == 200,
                    let response = mirrors.finish(start, owners, to: request)
                else { return asTheClientAsked() }
                metrics.forwarded(isAnswered: true)
                answer(response)
            }
        }
    }

    private static func isRead(_ request: HTTPRequest) -> Bool { ["GET", "HEAD"].contains(request.method) }

    /// Whether there is no answer of the key's owner.
    private static func isAway(_ result: HTTPClientResult?) -> Bool {
        guard case .response(let answer) = result else { return true }
        return answer.status == 421 || answer.status == CallRefusal.elsewhereStatus
    }

    /// - Parameter completion: gets nil where too many calls are on their way, perhaps before this returns.
    private func send(
        _ request: HTTPRequest, to url: String, _ fields: [(String, String)],
        _ completion: @escaping @Sendable (HTTPClientResult?) -> Void
    ) {
        let (lane, deadline) = (ForwardTurns.Lane(request, url), MonotonicTime.now() + Self.timeout)
        let isAccepted = turns.add(lane) { [self] in
            let left = deadline - .now()
            guard left > .zero else {
                completion(.failure(HTTPClientFailure(.timeout, "no connection was free", mayHaveBeenSent: false)))
                return false
            }
            var forwarded = HTTPClientRequest(
                // The server leaves the body out where it was not asked for.
                method: request.method == "HEAD" ? "GET" : request.method, url: url, headers: fields,
                body: request.body, timeout: left, responseBytesMax: Self.answerBytesMax)
            forwarded.keepsHeader = true
            let isMade = calls.accept(forwarded) { [self] result, _ in
                turns.end(lane)
                completion(result)
            }
            if !isMade { completion(nil) }
            return isMade
        }
        if !isAccepted { completion(nil) }
    }

    /// Forwards nothing more; those that wait are told.
    func close() { calls.close() }

    /// Works until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`, `HTTPClientFailure`
    func run() throws { try calls.run() }

    private func response(_ result: HTTPClientResult?, to request: HTTPRequest) -> HTTPResponse {
        switch result {
        case nil: return CallRefusal.tooManyCalls.response(to: request)
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
