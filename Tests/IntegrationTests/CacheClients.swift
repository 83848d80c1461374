import HTTP
import Synchronization
import TestSupport

/// Cache nodes as their clients see them: a call goes to any node that is not known to be frozen.
final class CacheClients: Sendable {
    /// What a frozen node was asked hangs no longer than this.
    private static let timeout = Duration.seconds(5)

    let ports: [Int]
    private let frozenPort = Mutex<Int?>(nil)

    init(ports: [Int]) {
        self.ports = ports
    }

    /// From now on nobody asks the node at that port; nil for all of them.
    ///
    /// A node that was frozen does not know at once that its keys are another's, and may answer reads with what it has.
    func avoid(_ port: Int?) { frozenPort.withLock { $0 = port } }

    /// Asks a node, and where that sends the client elsewhere, that one, too.
    func ask(
        _ method: String, _ key: String, _ body: String, _ random: inout SeededGenerator,
        fields: [(String, String)] = []
    ) -> Result<HTTPClientResponse, HTTPClientFailure> {
        let frozen = frozenPort.withLock { $0 }
        let port = ports.filter { $0 != frozen }.randomElement(using: &random) ?? 0
        var url = "http://127.0.0.1:\(port)/cache?key=\(key)"
        var result = Result<HTTPClientResponse, HTTPClientFailure>.failure(
            HTTPClientFailure(.other, "not asked", mayHaveBeenSent: false))
        // While a key changes hands nodes may send clients to and fro.
        for _ in 0..<5 {
            var request = HTTPClientRequest(
                method: method, url: url, headers: [("Content-Type", "application/json")] + fields,
                body: Array(body.utf8), timeout: Self.timeout)
            request.keepsHeader = true
            result = Result { () throws(HTTPClientFailure) in try HTTPFetch.perform(request) }
            guard case .success(let answer) = result, answer.status == 307, let location = answer.location else {
                break
            }
            url = location
        }
        return result
    }
}
