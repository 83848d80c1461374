import Edges
import HTTP
import Invalidations
import Runtime
import Synchronization
import TestSupport
import Testing

/// Many batches at edges of every temper: each is reported once, no edge sees more calls than it has connections.
@Suite(.timeLimit(.minutes(3)))
struct EngineStormTests {
    private struct Load {
        var now = 0
        var most = 0
    }

    /// What one server has with it.
    private final class Gauge: Sendable {
        let value = Mutex(Load())
    }

    /// What comes of a call is in its path, so that a run can be repeated.
    private func server(_ load: Gauge) throws -> RawServer {
        try RawServer { connection in
            while let request = connection.readRequest() {
                load.value.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
                let path = request.head.split(separator: " ").dropFirst().first ?? ""
                let temper = path.split(separator: "-").last.flatMap { Int($0) }.map { $0 % 23 }
                // Before the answer: the next call may come as soon as it is there.
                load.value.withLock { $0.now -= 1 }
                switch temper {
                case 3: connection.answer("500 Oops")
                case 5: connection.answer("404 Not Found")
                case 7: connection.answer("429 Too Many Requests", headers: ["Retry-After: 5"])
                case 11: connection.answer("403 Forbidden")
                case 13: return
                default:
                    let answer = request.head.hasPrefix("BAN") ? "200 Banned" : "200 Purged 1 objects"
                    connection.answer(answer, body: Array("Successful purge".utf8))
                }
            }
        }
    }

    @Test func everyBatchIsReportedOnceWhateverTheEdgesDo() throws {
        var random = SeededGenerator.printed("everyBatchIsReportedOnceWhateverTheEdgesDo")
        for _ in 0..<10 {
            let loads = (0..<3).map { _ in Gauge() }
            let servers = try loads.map { try server($0) }
            let connections = servers.map { _ in Int.random(in: 1...9, using: &random) }
            let edges = servers.indices.map { index -> EdgeConfiguration in
                let address = EdgeAddress.local(servers[index].port)
                let adapter: any EdgeAdapter =
                    index == 0 ? NginxAdapter(address: address) : VarnishAdapter(address: address)
                var edge = edge(
                    adapter, at: address, connections: connections[index],
                    pipelining: Bool.random(using: &random))
                if index == 2 { edge.batchTimeout = .milliseconds(Int.random(in: 0...20, using: &random)) }
                return edge
            }
            let harness = try EngineHarness(edges)
            for _ in 0..<3 {
                let batches = (0..<60).map { _ in
                    let edge = Int.random(in: 0...2, using: &random)
                    return (edge: edge, batch: randomBatch(edge, &random))
                }
                let outcomes = try harness.purge(batches)
                #expect(harness.finished.sorted() == (0..<60).map(UInt64.init) && harness.engine.pending == 0)
                for (entry, outcome) in zip(batches, outcomes) {
                    guard case .each(let items) = outcome else { continue }
                    #expect(items.count == entry.batch.items.count)
                }
                for edge in 0..<3 { #expect(try harness.check(edge, times: 2).count == 2) }
            }
            // Checks have connections of their own: one for each marker. So have pipelines, beside other calls.
            for (load, edge) in zip(loads, edges) {
                let most = edge.connections * (edge.isPipelined ? 2 : 1) + 4
                #expect(load.value.withLock { $0.most } <= most)
            }
        }
    }

    private func randomBatch(_ edge: Int, _ random: inout SeededGenerator) -> PurgeBatch {
        let items = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            var item = Selectors(
                urls: (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    "http://s.example/p-\(Int.random(in: 0...200, using: &random))"
                })
            guard edge > 0 else { return item }
            if Int.random(in: 0...2, using: &random) == 0 { item.tags = ["a", "b"] }
            if Int.random(in: 0...3, using: &random) == 0 {
                item.prefixes = ["http://s.example/p-\(Int.random(in: 0...200, using: &random))"]
            }
            return item
        }
        return batch(items)
    }
}
