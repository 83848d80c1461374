internal import HTTP
internal import Runtime

/// Calls to other nodes, in the name of a client.
enum PeerCalls {
    /// Says that the call comes from a node, so that it goes no further. It opens nothing: the client's own credential
    /// does.
    static let field = "Cache-Peer"

    /// Whether the call says that it comes from a node.
    static func isPassedOn(_ request: HTTPRequest) -> Bool { request.headers.first(field) != nil }

    /// Fields that are between two parties, or that the node which the client asked has judged.
    private static let ownFields: Set = [
        "host", "connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "expect", "content-length", "accept-encoding", "origin", "referer", "cookie",
        "date", "server", "cache-peer",
    ]
    private static let ownPrefixes = ["sec-", "access-control-"]

    /// What a client says, to be said to another node.
    static func fields(of request: HTTPRequest) -> [(String, String)] {
        passed(request.headers) + [(field, "1")]
    }

    /// The same, and what the client accepts: its answer goes through as the owner sends it.
    static func fieldsWithCoding(of request: HTTPRequest) -> [(String, String)] {
        fields(of: request) + (request.headers.list("Accept-Encoding").map { [("Accept-Encoding", $0)] } ?? [])
    }

    /// Those of a request or an answer that go on.
    static func passed(_ headers: HTTPHeaders) -> [(String, String)] {
        headers.fields.filter { name, _ in
            let name = name.lowercased()
            return !ownFields.contains(name) && !ownPrefixes.contains(where: name.hasPrefix)
        }.map { ($0.name, $0.value) }
    }

    /// Path and query. A client may have sent a whole URL, whose host means nothing to another node.
    static func target(of request: HTTPRequest) -> String {
        guard !request.target.hasPrefix("/"), let scheme = request.target.firstRange(of: "://") else {
            return request.target
        }
        let remainder = request.target[scheme.upperBound...]
        return remainder.firstIndex(of: "/").map { String(remainder[$0...]) } ?? "/"
    }

    /// Whether another node can know who the client is: a certificate stays with the connection that showed it.
    static func canPass(_ request: HTTPRequest) -> Bool {
        request.clientCertificate == nil || request.headers.first("Authorization") != nil
    }

    /// - Returns: the answers in the order of the requests; nil for nodes that gave none.
    static func askAll(_ requests: [HTTPClientRequest]) -> [HTTPClientResponse?] {
        let answers = (try? performAll(requests)) ?? [:]
        return requests.indices.map { answers[UInt64($0)] }
    }

    /// Blocks until all are answered or their time is over.
    ///
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
}
