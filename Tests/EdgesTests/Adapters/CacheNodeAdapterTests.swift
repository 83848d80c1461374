import Edges
import Invalidations
import Testing

/// Tests of the adapter for cache nodes.
@Suite struct CacheNodeAdapterTests {
    let adapter = CacheNodeAdapter(address: address)

    @Test func everyKindIsTakenAsOneCall() throws {
        #expect(adapter.capabilities.accepts == .all)
        #expect(adapter.capabilities.wideKinds.isEmpty)
        let plan = adapter.plan(batch([tags("a"), urls("https://s.example/1")], mode: .soft))
        let call = try #require(plan.calls.first)
        #expect(plan.calls.count == 1 && call.method == "POST" && call.url == "http://edge.test:8080/purge")
        #expect(
            call.text == #"{"tags":["a"],"urls":["https://s.example/1"],"namespace":"shop","mode":"soft"}"#)
    }

    /// A node refuses more prefixes than a request may have.
    @Test func callsAreBounded() {
        let adapter = CacheNodeAdapter(address: address, itemsMax: 10_000)
        let items = (0..<250).map { Selectors(prefixes: ["https://s.example/\($0)/"]) }
        #expect(adapter.plan(batch(items)).calls.map(\.items.count) == [100, 100, 50])
    }

    @Test func onlyANodesAnswerCounts() {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        func outcome(_ status: Int, _ type: String, _ body: String) -> CallOutcome {
            adapter.outcome(of: answer(status, body: body, type: type), for: call)
        }
        #expect(
            outcome(200, "application/json", #"{"success":true,"purged":7}"#) == .acknowledged(objects: 7))
        for other in [
            outcome(200, "text/html", "<html>"), outcome(200, "text/plain", "ok"),
            outcome(200, "application/json", "{}"),
            outcome(401, "application/json", #"{"success":true}"#), outcome(503, "text/plain", "The cache is stopping"),
        ] {
            if case .acknowledged = other { Issue.record("\(other)") }
        }
    }
}
