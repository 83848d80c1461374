import Foundation
import HTTP
import JSON
import Synchronization

/// A cache of one's own, as the `http` adapter knows it: it takes purges, and remembers in which order the tags
/// of each namespace came for the first time.
final class PurgeRecorder: Sendable {
    private let arrivals = Arrivals()
    private let server: HTTPServer

    init() throws {
        server = try HTTPServer(HTTPServerConfiguration()) { [arrivals] request, responder in
            guard request.method == "POST", request.path == "/purge" else {
                responder.respond(.notFound(request.path))
                return
            }
            do {
                try arrivals.record(request.body)
                responder.respond(.empty(204))
            } catch {
                responder.respond(.problem(400, "\(error)"))
            }
        }
    }

    var address: String { "http://127.0.0.1:\(server.port)" }

    /// Different tags so far.
    var count: Int { arrivals.count }

    /// First arrivals by namespace.
    var order: [String: [String]] { arrivals.order }

    func stop() { server.stop() }
}

/// What came, and when for the first time.
final class Arrivals: Sendable {
    private struct State {
        var order: [String: [String]] = [:]
        var seen: Set<String> = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.seen.count } }
    var order: [String: [String]] { state.withLock { $0.order } }

    func record(_ body: [UInt8]) throws {
        let (namespace, tags) = try JSONParser(bytesMax: 1 << 20).parse(body) { root in
            var tags: [String] = []
            root["tags"]?.forEachElement { tags.append($0.string ?? "") }
            return (root["namespace"]?.string ?? "", tags)
        }
        record(namespace: namespace, tags)
    }

    func record(namespace: String, _ tags: [String]) {
        state.withLock { state in
            for tag in tags where state.seen.insert("\(namespace) \(tag)").inserted {
                state.order[namespace, default: []].append(tag)
            }
        }
    }
}
