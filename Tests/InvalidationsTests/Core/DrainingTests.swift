import Invalidations
import Testing

/// Draining: what a worker finishes before it stops.
struct DrainingTests {
    private static let patience = Duration.milliseconds(250)

    @Test func whatIsOpenIsFinishedAndNothingMoreTaken() {
        let core = CoreHarness()
        core.publish(tag: "x")
        core.publish(tag: "y")
        core.drain()
        #expect(core.capacity() == 0 && !core.isDrained)
        core.answerAll()
        #expect(core.isDrained)
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 2))
    }

    @Test func aSlowEdgeIsNotWaitedFor() throws {
        let core = CoreHarness([EdgeProfile(name: "quick"), EdgeProfile(name: "slow")])
        let id = core.publish(tag: "x")
        core.answer("quick")
        core.drain()
        core.pass(Self.patience - .milliseconds(1))
        #expect(!core.isDrained && core.retryRecords.isEmpty, "most edges answer before that")
        core.pass(.milliseconds(1))
        #expect(core.isDrained)
        let retryRecord = try #require(core.retryRecords.first)
        #expect(core.retryRecords.count == 1)
        #expect(retryRecord.retry.parts.map(\.edge) == ["slow"] && retryRecord.retry.reason == .blocking)
        #expect(core.states(id) == ["quick": .purged, "slow": .deferred])
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 1))
        core.answer("slow")
        #expect(core.retryRecords.count == 1 && core.states(id)["slow"] == .deferred, "its answer comes too late")
    }

    @Test func whatNoEdgeHasBegunIsLeftToTheNextOwner() {
        let core = CoreHarness([EdgeProfile(name: "slow", concurrencyMax: 1)])
        core.publish(tag: "x")
        core.publish(tag: "y")
        core.publish(tag: "z", namespace: "blog")
        core.drain()
        core.pass(Self.patience)
        #expect(core.sent.count == 1 && core.isDrained)
        #expect(core.retryRecords.count == 1, "what may have been purged, and nothing else")
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 1))
    }

    /// Deferred, it would reach the slow edge out of its order.
    @Test func whatOneEdgeHasNotBegunIsLeftToTheNextOwnerAsAWhole() {
        let core = CoreHarness([EdgeProfile(name: "quick"), EdgeProfile(name: "slow")])
        let first = core.publish(tag: "x")
        core.answer("quick")
        let second = core.publish(tag: "y")
        core.answer("quick")
        core.drain()
        core.pass(Self.patience)
        #expect(core.isDrained)
        #expect(core.retryRecords.map(\.invalidation.id) == [first], "\(second) waits behind it")
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 1))
    }

    @Test func whatIsDeferredWhileDrainingIsStoredFirst() {
        let core = CoreHarness()
        core.holdsBackRetries = true
        core.publish(tag: "x")
        core.drain()
        core.pass(Self.patience)
        #expect(core.retryRecords.count == 1 && !core.isDrained)
        core.send(.delivered(core.heldBack[0], isStored: true))
        #expect(core.isDrained)
    }

    @Test func withoutRetryTopicsEveryEdgeIsWaitedFor() {
        let core = CoreHarness(settings: .with { $0.retryTiers = [] })
        core.publish(tag: "x")
        core.drain()
        core.pass(.seconds(10))
        #expect(!core.isDrained)
        core.answerAll()
        #expect(core.isDrained)
        #expect(core.commits[CoreHarness.source] == CommitPoint(offset: 1))
    }
}
