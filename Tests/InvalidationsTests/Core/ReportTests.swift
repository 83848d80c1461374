import Invalidations
import Testing

/// Reports: when a request on its way is reported on.
struct ReportTests {
    private static let edges = [EdgeProfile(name: "quick"), EdgeProfile(name: "slow")]

    @Test func aSlowRequestIsReportedOnWhenItHasNews() {
        let core = CoreHarness(Self.edges)
        let id = core.publish(tag: "x")
        core.answer("quick")
        core.pass(.milliseconds(499))
        #expect(core.reportCounts[id] == nil, "what ends at once is told of once")
        core.pass(.milliseconds(1))
        #expect(core.states(id) == ["quick": .purged, "slow": .sending])
        core.pass(.seconds(19))
        #expect(core.reportCounts[id] == 1, "nothing has changed since")
        core.fail(.transient, at: "slow")
        core.pass(.seconds(5))
        #expect(core.reportCounts[id] == 2)
        #expect(core.reports[id]?.edges.last?.attempts == 1)
        core.answer("slow")
        #expect(core.reportCounts[id] == 3 && core.states(id) == ["quick": .purged, "slow": .purged])
    }

    @Test func aReportThatWasLostIsRepeated() {
        let core = CoreHarness(Self.edges)
        let id = core.publish(tag: "x")
        core.storesReports = false
        core.pass(.seconds(6))
        #expect(core.reportCounts[id] == 2)
        core.storesReports = true
        core.pass(.seconds(20))
        #expect(core.reportCounts[id] == 3, "this one has come")
    }

    /// Whatever is due at once is told a few at a time, so that nothing more urgent waits for it.
    @Test func thousandsOfReportsAreNotToldAtOnce() {
        let core = CoreHarness(Self.edges)
        let ids = (0..<2_000).map { core.publish(tag: "x", namespace: "shop-\($0)") }
        core.pass(.milliseconds(501))
        #expect(ids.allSatisfy { core.reportCounts[$0] == 1 })
        #expect(core.actionsMax <= 64, "\(core.actionsMax) actions at once")
    }
}
