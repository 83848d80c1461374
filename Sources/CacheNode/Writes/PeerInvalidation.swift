internal import HTTP
internal import Invalidations
internal import JSON

/// Carries out a client's invalidation, here and at the other nodes. Each of them has entries of its own.
struct PeerInvalidation: Sendable {
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
        var outcome = Outcome(count: service.invalidate(body.selectors, in: namespace, isSoft: body.isSoft))
        guard let journal, !PeerCalls.isPassedOn(request) else { return outcome }
        let peers = journal.findPeers().filter { !passed.contains($0) }
        guard !peers.isEmpty else { return outcome }
        var headers = [("Content-Type", "application/json"), (PeerCalls.field, "1")]
        if let credential = request.headers.first("Authorization") { headers.append(("Authorization", credential)) }
        let body = Self.text(of: body)
        let requests = peers.map { peer in
            HTTPClientRequest(
                method: "PUT", url: "\(peer)/cache?key=-&namespace=\(PercentEncoding.encode(namespace.name))",
                headers: headers, body: body, timeout: Self.timeout)
        }
        for (peer, answer) in zip(peers, PeerCalls.askAll(requests)) {
            if let count = answer.flatMap(Self.count) {
                outcome.count += count
            } else {
                outcome.away.append(peer)
            }
        }
        return outcome
    }

    private static func count(_ response: HTTPClientResponse) -> Int? {
        guard response.status == 200 else { return nil }
        let count = try? JSONParser(bytesMax: 4_096).parse(response.body) { $0["invalidated"]?.int64 }
        return count.flatMap { $0 }.flatMap { $0 < 0 ? nil : Int($0) }
    }

    private static func text(of body: SelectorsBody) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        InvalidationEncoder.encode(body.selectors, into: &writer)
        if body.isSoft { writer.member("mode", "soft") }
        if !body.requests.isEmpty { writer.member("requests", body.requests.map(\.text)) }
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
