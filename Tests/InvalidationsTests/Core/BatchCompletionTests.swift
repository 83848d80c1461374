import Invalidations
import Testing

/// An outcome of many items is not taken in all at once.
struct BatchCompletionTests {
    private static let count = 300
    /// Time enough for all of them to learn of it.
    private static let aMoment = Duration.milliseconds(20)

    /// A purge of one request, and behind it one of many.
    private func core(_ edges: [EdgeProfile] = [EdgeProfile(name: "a")]) -> (core: CoreHarness, ids: [RequestID]) {
        let core = CoreHarness(edges)
        core.publish(tag: "first")
        let ids = (0..<Self.count).map { core.publish(tag: "x\($0)") }
        for edge in edges { core.answer(edge.name) }
        #expect(core.purges.map(\.batch.items.count) == edges.map { _ in Self.count })
        return (core, ids)
    }

    @Test func allLearnOfItALittleLater() {
        let (core, ids) = core()
        core.answer()
        #expect(core.openRecords > 0)
        core.pass(Self.aMoment)
        #expect(core.openRecords == 0)
        #expect(ids.allSatisfy { core.states($0) == ["a": .purged] })
        #expect(core.actionsMax <= 128, "\(core.actionsMax) actions at once")
    }

    /// What was published later must not overtake what is to be sent again.
    @Test func theLaneSendsNothingBeforeAllKnow() {
        let (core, ids) = core()
        let failure = PurgeFailure(.transient, "no")
        core.answer("a", .each((0..<Self.count).map { $0 < 200 ? .acknowledged(objects: nil) : .failed(failure) }))
        let later = core.publish(tag: "later")
        #expect(core.purges.isEmpty)
        core.pass(Self.aMoment)
        #expect(core.purges.isEmpty, "a lane pauses before it sends again what failed")
        core.pass(.seconds(2))
        let tags = core.purges[0].batch.items.compactMap(\.tags.first)
        #expect(tags == (200..<Self.count).map { "x\($0)" } + ["later"])
        core.answerAll()
        core.pass(Self.aMoment)
        #expect((ids + [later]).allSatisfy { core.states($0) == ["a": .purged] })
    }

    @Test func anotherEdgeIsAnsweredMeanwhile() {
        let (core, _) = core([EdgeProfile(name: "a"), EdgeProfile(name: "b")])
        core.answer("a")
        let id = core.publish(tag: "other", namespace: "blog")
        core.answer("b")
        core.answerAll()
        core.pass(Self.aMoment)
        #expect(core.states(id) == ["a": .purged, "b": .purged])
        #expect(core.openRecords == 0)
    }

    /// Nobody's lane waits until the many requests of another one have learnt of theirs.
    @Test func batchesAreAppliedInTurn() {
        let core = CoreHarness()
        for namespace in ["many", "few"] { core.publish(tag: "first", namespace: namespace) }
        for number in 0..<Self.count { core.publish(tag: "x\(number)", namespace: "many") }
        let few = (0..<80).map { core.publish(tag: "x\($0)", namespace: "few") }
        core.answer()
        core.answer()
        #expect(core.purges.map(\.batch.items.count) == [Self.count, few.count])
        core.answer()
        core.answer()
        core.pass(.milliseconds(1))
        #expect(few.allSatisfy { core.states($0) == ["a": .purged] })
        #expect(core.openRecords > 100, "of the others most have not")
    }

    /// Where a backlog would stand still, nobody is spared.
    @Test func thousandsWaitForOnePauseAtMost() {
        let core = CoreHarness()
        let namespaces = (0..<12).map { "n\($0)" }
        for namespace in namespaces { core.publish(tag: "first", namespace: namespace) }
        for namespace in namespaces {
            for number in 0..<500 { core.publish(tag: "x\(number)", namespace: namespace) }
        }
        for _ in namespaces { core.answer() }
        #expect(core.purges.map(\.batch.items.count) == namespaces.map { _ in 500 })
        core.answerAll()
        #expect(core.openRecords > 5_000)
        core.pass(.microseconds(1_100))
        #expect((700..<1_024).contains(core.openRecords), "\(core.openRecords) have still to learn of it")
        core.pass(.milliseconds(100))
        #expect(core.openRecords == 0)
    }

    @Test func whatIsRevokedMeanwhileIsNobodysBusiness() {
        let (core, ids) = core()
        core.answer()
        let known = ids.filter { core.reports[$0] != nil }.count
        #expect(known > 0 && known < Self.count)
        core.revoke()
        core.pass(.seconds(1))
        #expect(core.openRecords == 0)
        #expect(ids.filter { core.reports[$0] != nil }.count == known)
        #expect(core.commits.values.allSatisfy { $0.offset <= 1 + known })
    }

    @Test func drainingWaitsForIt() {
        let (core, ids) = core()
        core.answer()
        core.drain()
        #expect(!core.isDrained)
        core.pass(Self.aMoment)
        #expect(core.isDrained && ids.allSatisfy { core.states($0) == ["a": .purged] })
    }
}
