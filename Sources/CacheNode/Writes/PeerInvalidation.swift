internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime

/// Carries out a client's invalidation, here and at the other nodes. Each of them has entries of its own.
struct PeerInvalidation: Sendable {
    /// Says that the call comes from a node, so that it goes no further.
    static let field = "Cache-Peer"
    /// Names nodes that did not answer. They hear of what is published, and of nothing else.
    static let awayField = "Cache-Peers-Away"
    static let timeout = Duration.seconds(1)

    struct Outcome {
        /// Distinct entries that readers would have got.
        var count: Int
        var away: [String] = []
    }

    let service: CacheService
    /// Nil where there are no other nodes.
    let journal: WriteJournal?

    /// Blocks for some seconds at most.
    ///
    /// - Parameters:
    ///   - request: the client's, with the credential that the other nodes ask for as well.
    ///   - passed: nodes that are not asked, since they were away a moment ago.
    func invalidate(
        _ body: SelectorsBody, in namespace: Namespace, _ request: HTTPRequest, passing passed: [String] = []
    ) -> Outcome {
        let (selectors, isSoft) = (body.selectors, body.isSoft)
        var outcome = Outcome(count: service.invalidate(selectors, in: namespace, isSoft: isSoft))
        guard let journal, request.headers.first(Self.field) == nil else { return outcome }
        let peers = journal.findPeers().filter { !passed.contains($0) }
        guard !peers.isEmpty else { return outcome }
        var headers = [("Content-Type", "application/json"), (Self.field, "1")]
        if let credential = request.headers.first("Authorization") { headers.append(("Authorization", credential)) }
        let body = Self.body(selectors, isSoft: isSoft)
        let requests = peers.map { peer in
            HTTPClientRequest(
                method: "PUT", url: "\(peer)/cache?key=-&namespace=\(PercentEncoding.encode(namespace.name))",
                headers: headers, body: body, timeout: Self.timeout)
        }
        for (peer, answer) in zip(peers, Self.askAll(requests)) {
            if let count = answer.flatMap(Self.count) {
                outcome.count += count
            } else {
                outcome.away.append(peer)
            }
        }
        return outcome
    }

    /// - Returns: the answers in the order of the requests; nil for nodes that gave none.
    static func askAll(_ requests: [HTTPClientRequest]) -> [HTTPClientResponse?] {
        let answers = (try? performAll(requests)) ?? [:]
        return requests.indices.map { answers[UInt64($0)] }
    }

    /// - Returns: the answers of those that gave one, by the request's number.
    private static func performAll(_ requests: [HTTPClientRequest]) throws -> [UInt64: HTTPClientResponse] {
        let loop = try EventLoop()
        let client = try HTTPClient(loop: loop)
        var answers: [UInt64: HTTPClientResponse] = [:]
        var open = requests.count
        client.onFinish = { [unowned loop] token, result in
            if case .response(let response) = result { answers[token] = response }
            open -= 1
            if open == 0 { loop.stop() }
        }
        for (index, request) in requests.enumerated() { client.send(request, token: UInt64(index)) }
        if open > 0 { withExtendedLifetime(client) { loop.run() } }
        return answers
    }

    private static func count(_ response: HTTPClientResponse) -> Int? {
        guard response.status == 200 else { return nil }
        let count = try? JSONParser(bytesMax: 4_096).parse(response.body) { $0["invalidated"]?.int64 }
        return count.flatMap { $0 }.flatMap { $0 < 0 ? nil : Int($0) }
    }

    private static func body(_ selectors: Selectors, isSoft: Bool) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        InvalidationEncoder.encode(selectors, into: &writer)
        if isSoft { writer.member("mode", "soft") }
        writer.endObject()
        return writer.bytes
    }
}

extension HTTPResponse {
    /// Names the nodes that did not answer, if there are any.
    func naming(away: [String]) -> HTTPResponse {
        away.isEmpty ? self : with(PeerInvalidation.awayField, away.joined(separator: ", "))
    }
}
