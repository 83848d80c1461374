import Gateway
import HTTP
import Runtime
import TestSupport
import Testing

/// Tests of the metrics of workers, which a gateway apart from them asks for.
@Suite(.timeLimit(.minutes(2)))
struct WorkerMetricsTests {
    /// A worker's metrics behind a real server.
    private final class Worker {
        let metrics = MetricsRegistry()
        let server: HTTPServer

        init(sent: UInt64, breaker: Double) throws {
            let metrics = metrics
            server = try HTTPServer(HTTPServerConfiguration(address: "127.0.0.1", port: 0)) { _, responder in
                responder.respond(.json(200, Array(metrics.exposition().utf8)))
            }
            metrics.counter(
                "cachesync_edge_sent_total", help: "Sent.", labels: ["edge": "va\"r{n}ish", "unit": "items"]
            ).increment(by: sent)
            metrics.gauge("cachesync_edge_breaker_state", help: "Breaker.", labels: ["edge": "a"]).set(breaker)
            metrics.gauge("cachesync_worker_open_records", help: "Open.").set(3)
            metrics.histogram("cachesync_request_duration_seconds", help: "Time.", buckets: [1]).observe(0.5)
            metrics.counter("cachesync_gateway_requests_total", help: "Not of a worker.").increment()
        }

        var address: HostPort { HostPort(host: "127.0.0.1", port: server.port) }
    }

    @Test func eachWorkersSeriesAreThereWithItsAddress() throws {
        let workers = [try Worker(sent: 5, breaker: 0), try Worker(sent: 7, breaker: 2)]
        defer { for worker in workers { worker.server.stop() } }
        let away = HostPort(host: "127.0.0.1", port: try freePort())
        let gateway = try GatewayFixture { $0.workers = workers.map(\.address) + [away, workers[0].address] }
        let answer = try RawHTTP.get(gateway.port, "/metrics/workers")
        #expect(answer.status == 200 && answer.header("Content-Type") == MetricsRegistry.contentType)
        let lines = answer.text.split(separator: "\n").map(String.init)
        for (worker, sent, breaker) in zip3(workers, [5, 7], [0, 2]) {
            let label = "instance=\"\(worker.address)\""
            for line in [
                "cachesync_worker_reachable{\(label)} 1",
                "cachesync_edge_sent_total{\(label),edge=\"va\\\"r{n}ish\",unit=\"items\"} \(sent)",
                "cachesync_edge_breaker_state{\(label),edge=\"a\"} \(breaker)",
                "cachesync_worker_open_records{\(label)} 3",
                "cachesync_request_duration_seconds_bucket{\(label),le=\"+Inf\"} 1",
                "cachesync_request_duration_seconds_count{\(label)} 1",
            ] {
                #expect(lines.filter { $0 == line }.count == 1, "\(line)\n\(answer.text)")
            }
        }
        #expect(lines.contains("cachesync_worker_reachable{instance=\"\(away)\"} 0"))
        #expect(!answer.text.contains("cachesync_gateway_"), "the gateway tells its own at /metrics")
        // Each family has its head once, and its series behind it.
        let heads = lines.filter { $0.hasPrefix("# TYPE ") }
        #expect(heads.count == Set(heads).count && heads.count == 5, "\(heads)")
    }

    @Test func withoutWorkersNoneIsTold() throws {
        let gateway = try GatewayFixture()
        let answer = try RawHTTP.get(gateway.port, "/metrics/workers")
        #expect(answer.status == 200 && !answer.text.contains("instance="))
    }

    @Test func junkIsPassedOver() throws {
        let texts = [
            "", "\n\n", "# HELP", "# TYPE cachesync_edge_x", "cachesync_edge_x 1", "x{", "\u{0}",
            "# TYPE cachesync_edge_x gauge\ncachesync_edge_x\ncachesync_edge_x{\ncachesync_edge_x{} y",
            "# TYPE cachesync_edge_x gauge\ncachesync_edge_y 1",
        ]
        for text in texts {
            let server = try HTTPServer(HTTPServerConfiguration(address: "127.0.0.1", port: 0)) { _, responder in
                responder.respond(.json(200, Array(text.utf8)))
            }
            defer { server.stop() }
            let worker = HostPort(host: "127.0.0.1", port: server.port)
            let gateway = try GatewayFixture(makesView: false, waitsForReady: false) { $0.workers = [worker] }
            let answer = try RawHTTP.get(gateway.port, "/metrics/workers")
            let samples = answer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            #expect(samples == ["cachesync_worker_reachable{instance=\"\(worker)\"} 1"], "\(text)")
        }
    }

    private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
        zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
    }
}
