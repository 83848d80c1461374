import HTTP
import Runtime
import TestSupport

/// A pipelined client on its own loop, run until its calls have ended.
final class PipelineHarness {
    let loop: EventLoop
    let client: PipelinedClient
    let url: String
    private(set) var results: [UInt64: HTTPClientResult] = [:]
    /// Is told of each result.
    var onResult: (UInt64) -> Void = { _ in }

    init(_ url: String, connections: Int = 1, depth: Int = 16, connectTimeout: Duration = .seconds(5)) throws {
        self.url = url
        var configuration = PipelineConfiguration()
        configuration.connectionsMax = connections
        configuration.depth = depth
        configuration.connectTimeout = connectTimeout
        loop = try EventLoop()
        client = try PipelinedClient(loop: loop, url: url, configuration: configuration)
        client.onFinish = { [unowned self] token, result in
            precondition(results[token] == nil, "reported twice")
            results[token] = result
            onResult(token)
            if client.inFlight == 0 { loop.stop() }
        }
    }

    /// The results in the order of the calls.
    func perform(_ requests: [HTTPClientRequest]) throws -> [HTTPClientResult] {
        results = [:]
        for (index, request) in requests.enumerated() { client.send(request, token: UInt64(index)) }
        precondition(results.isEmpty, "reported from within send")
        try loop.run(within: .seconds(40))
        return requests.indices.compactMap { results[UInt64($0)] }
    }

    /// Calls to `/0`, `/1` and so on.
    func perform(_ count: Int, timeout: Duration = .seconds(20)) throws -> [HTTPClientResult] {
        try perform(
            (0..<count).map { HTTPClientRequest(method: "PURGE", url: "\(url)/\($0)", timeout: timeout) })
    }
}

extension RawConnection {
    /// The next request's path; nil when the client has closed.
    func readPath() -> String? {
        readRequest().map { $0.head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    }

    func answer(path: String, headers: [String] = []) { answer(headers: headers, body: Array(path.utf8)) }
}
