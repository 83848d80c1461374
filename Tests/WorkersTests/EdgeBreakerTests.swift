import Invalidations
import Runtime
import TestSupport
import Testing
import Workers

/// Tests of what metrics say of breakers. Each loop of a process has its own.
struct EdgeBreakerTests {
    private let registry = MetricsRegistry()

    private func value(_ name: String) -> String? {
        let begin = "cachesync_edge_breaker_\(name){"
        let line = registry.exposition().split(separator: "\n").first { $0.hasPrefix(begin) }
        return line?.split(separator: " ").last.map(String.init)
    }

    @Test func anEdgeIsLeftAloneWhileOneLoopDoesSo() throws {
        let breakers = EdgeBreakers(registry)
        func loop() -> EdgeMeter { EdgeMeter(registry, breakers, edges: [EdgeProfile(name: "a")], accounts: []) }
        let first = loop()
        var second: EdgeMeter? = loop()
        #expect(value("state") == "0" && value("openings_total") == "0")
        #expect(value("opened_timestamp_seconds") == "0")
        first.breaker(0, isOpen: true)
        // An edge that is down may be refused, too.
        first.breaker(0, isOpen: true)
        second?.breaker(0, isOpen: true)
        first.breaker(0, isOpen: false)
        #expect(value("state") == "2" && value("openings_total") == "1", "the second loop leaves it alone")
        let openedAt = try #require(value("opened_timestamp_seconds").flatMap { Double($0) })
        #expect(abs(openedAt - Double(Timestamp.now().milliseconds) / 1_000) < 60)
        second = nil
        #expect(value("state") == "0", "a loop that is over leaves nothing alone")
        first.breaker(0, isOpen: true)
        #expect(value("state") == "2" && value("openings_total") == "2")
    }
}
