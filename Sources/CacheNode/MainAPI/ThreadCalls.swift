internal import HTTP
internal import Runtime

/// Calls of an HTTP server that their thread waits for, over connections that are kept.
///
/// It belongs to the thread that made it.
final class ThreadCalls {
    private let loop: EventLoop
    private let client: HTTPClient
    private var results: [HTTPClientResult?] = []
    private var missing = 0

    /// - Parameter connectionsMax: of calls that go side by side.
    init(connectionsMax: Int) throws {
        loop = try EventLoop()
        var configuration = HTTPClientConfiguration()
        configuration.connectionsPerHostMax = connectionsMax
        configuration.connectionsMax = connectionsMax
        client = try HTTPClient(loop: loop, configuration: configuration)
        client.onFinish = { [unowned self] token, result in end(token, result) }
    }

    /// Sends all, and waits for all.
    ///
    /// - Returns: the results in the order of the requests.
    func send(_ requests: [HTTPClientRequest]) -> [HTTPClientResult] {
        guard !requests.isEmpty else { return [] }
        results = Array(repeating: nil, count: requests.count)
        missing = requests.count
        for (index, request) in requests.enumerated() { client.send(request, token: UInt64(index)) }
        while missing > 0 { loop.run() }
        return results.map {
            $0 ?? .failure(HTTPClientFailure(.other, "the call has no result", mayHaveBeenSent: true))
        }
    }

    private func end(_ token: UInt64, _ result: HTTPClientResult) {
        guard token < UInt64(results.count), results[Int(token)] == nil else { return }
        results[Int(token)] = result
        missing -= 1
        if missing == 0 { loop.stop() }
    }
}
