import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of requests in numbers: by the minute, and by the edge at which they fail.
@Suite(.timeLimit(.minutes(2)))
struct StatusCountTests {
    private static let failure = EdgeFailure(failureClass: "exhausted", message: "503", attempts: 4)

    @Test func requestsAreCountedByTheMinute() throws {
        let gateway = try GatewayFixture()
        // In the middle of a minute of the last hour.
        let now = Timestamp.now()
        let minute = Timestamp(milliseconds: (now.milliseconds / 60_000 - 10) * 60_000)
        for (index, state) in [Invalidations.EdgeState.purged, .dead, .queued].enumerated() {
            try gateway.fold(
                RequestID(at: minute), namespace: index == 0 ? "shop" : "blog", at: minute + 30_000,
                [.init("varnish-1", state, failure: state == .dead ? Self.failure : nil)])
        }
        let answer = try RawHTTP.get(gateway.port, "/status/counts")
        let counts = answer.list("minutes")
        #expect(answer.status == 200 && counts.count == 1, "\(answer)")
        #expect(counts.first?["minute"] as? String == minute.text)
        #expect(["published", "completed", "failed"].map { counts.first?[$0] as? Int } == [3, 1, 1])
        let shop = try RawHTTP.get(gateway.port, "/status/counts?by=minute&namespace=shop").list("minutes")
        #expect(["published", "completed", "failed"].map { shop.first?[$0] as? Int } == [1, 1, 0])
        let later = try RawHTTP.get(gateway.port, "/status/counts?since=\((minute + 60_000).text)")
        #expect(later.status == 200 && later.list("minutes").isEmpty)
        let tag = try #require(answer.header("ETag"))
        let unchanged = try RawHTTP.get(gateway.port, "/status/counts", headers: ["If-None-Match: \(tag)"])
        #expect(unchanged.status == 304 && unchanged.body.isEmpty)
    }

    @Test func edgesAreListedByTheRequestsThatFailThere() throws {
        let gateway = try GatewayFixture()
        let start = Timestamp.now() + -100_000
        for index in 0..<3 {
            let state = index == 2 ? Invalidations.EdgeState.deferred : .dead
            try gateway.fold(
                RequestID(at: start + Int64(index)), namespace: index == 0 ? "shop" : "blog", at: start + Int64(index),
                [
                    .init("nginx-1", index == 0 ? .dead : .purged, failure: index == 0 ? Self.failure : nil),
                    .init("varnish-1", state, failure: Self.failure),
                ])
        }
        let answer = try RawHTTP.get(gateway.port, "/status/edges")
        let edges = answer.list("edges")
        #expect(answer.status == 200 && answer.object["complete"] as? Bool == true, "\(answer)")
        #expect(edges.map { $0["edge"] as? String } == ["varnish-1", "nginx-1"])
        #expect(edges.map { $0["dead"] as? Int } == [2, 1] && edges.map { $0["deferred"] as? Int } == [1, 0])
        let last = edges.first?["last"] as? [String: Any]
        #expect(last?["message"] as? String == "503" && last?["class"] as? String == "exhausted")
        #expect(last?["namespace"] as? String == "blog" && last?["at"] as? String == (start + 2).text)
        func names(_ query: String) throws -> [String?] {
            try RawHTTP.get(gateway.port, "/status/edges?\(query)").list("edges").map { $0["edge"] as? String }
        }
        #expect(try names("namespace=blog") == ["varnish-1"])
        #expect(try names("since=\((start + 1).text)") == ["varnish-1"])
        #expect(try names("limit=1") == ["varnish-1"])
    }

    @Test func oddParametersAreRefused() throws {
        let gateway = try GatewayFixture()
        for (target, parameter) in [
            ("/status/counts?by=hour", "by"), ("/status/counts?since=now", "since"),
            ("/status/counts?until=1", "until"), ("/status/counts?namespace=a/b", "namespace"),
            ("/status/counts?limit=1", "limit"), ("/status/edges?limit=0", "limit"),
            ("/status/edges?limit=501", "limit"), ("/status/edges?since=now", "since"),
            ("/status/edges?until=2026-01-01T00:00:00Z", "until"),
        ] {
            let answer = try RawHTTP.get(gateway.port, target)
            #expect(answer.status == 400 && answer.string("parameter") == parameter, "\(target): \(answer)")
        }
    }
}
