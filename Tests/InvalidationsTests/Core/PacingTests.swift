import Invalidations
import Testing

/// Pacing: limits, throttling, breakers and layers of edges.
struct PacingTests {
    @Test func urgentRequestsOvertakeAndTheOthersStillMove() {
        let core = CoreHarness([EdgeProfile(name: "a", batchItemsMax: 1, concurrencyMax: 1)])
        for number in 0..<400 {
            for topic in 0..<3 { core.publish(tag: "\(topic)-\(number)", namespace: "n\(topic)", topic: topic) }
        }
        for _ in 0..<210 { core.answer() }
        let counts = (0..<3).map { topic in
            core.sent.prefix(210).filter { $0.batch.namespace.name == "n\(topic)" }.count
        }
        #expect(counts.reduce(0, +) == 210)
        #expect(
            (155...165).contains(counts[0]) && (36...44).contains(counts[1]) && (8...12).contains(counts[2]),
            "\(counts)")
    }

    @Test func aNoisyNamespaceDelaysNobodyElse() {
        let core = CoreHarness([EdgeProfile(name: "a", batchItemsMax: 10, concurrencyMax: 1)])
        for number in 0..<500 { core.publish(tag: "\(number)", namespace: "noisy") }
        core.publish(tag: "x", namespace: "quiet")
        core.answer()
        core.answer()
        #expect(core.sent.prefix(3).contains { $0.batch.namespace.name == "quiet" })
    }

    @Test func aLimitOnRequestsIsKeptAndUsed() {
        let limits = EdgeLimits(requests: Rate(perSecond: 10, burst: 2))
        let core = CoreHarness(
            [EdgeProfile(name: "a", callItemsMax: 1, limits: limits)], settings: .with { $0.partitionsInAll = 1 })
        for number in 0..<50 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        for _ in 0..<200 {
            core.answerAll()
            core.pass(.milliseconds(10))
        }
        #expect(core.sent.count >= 21 && core.sent.count <= 22, "two at once, then ten a second for two seconds")
    }

    @Test func whatWaitsAndWhatWasSentIsCounted() throws {
        let limits = EdgeLimits(requests: Rate(perSecond: 1, burst: 2))
        let core = CoreHarness(
            [EdgeProfile(name: "a", callItemsMax: 1, limits: limits), EdgeProfile(name: "b")],
            settings: .with { $0.partitionsInAll = 1 })
        #expect(core.edgeFigures == [EdgeFigures(), EdgeFigures()])
        for number in 0..<5 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        core.answerAll()
        let slow = try #require(core.edgeFigures.first)
        #expect(slow.waiting == 3 && slow.oldest != nil, "the burst has gone")
        #expect(slow.sent.requests == 2 && slow.sent.items == 2 && slow.sent.bytes == 2)
        #expect(core.edgeFigures[1].waiting == 0 && core.edgeFigures[1].oldest == nil)
        #expect(core.edgeFigures[1].sent.items == 5)
    }

    @Test func edgesOfOneAccountShareItsLimit() {
        let account = AccountProfile(name: "cdn", limits: EdgeLimits(items: Rate(perSecond: 10, burst: 1)))
        let core = CoreHarness(
            [EdgeProfile(name: "a", account: 0), EdgeProfile(name: "b", account: 0)],
            settings: .with { ($0.accounts, $0.partitionsInAll) = ([account], 1) })
        for number in 0..<40 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        for _ in 0..<200 {
            core.answerAll()
            core.pass(.milliseconds(10))
        }
        let items = core.sent.reduce(0) { $0 + $1.batch.items.count }
        #expect((20...22).contains(items), "\(items) items in two seconds")
        #expect(Set(core.sent.map(\.edge)).count == 2)
    }

    @Test func aWorkerKeepsItsShareOfALimit() {
        let limits = EdgeLimits(requests: Rate(perSecond: 12, burst: 12))
        let core = CoreHarness([EdgeProfile(name: "a", callItemsMax: 1, limits: limits)])
        for number in 0..<50 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        for _ in 0..<400 {
            core.answerAll()
            core.pass(.milliseconds(10))
        }
        #expect((4...5).contains(core.sent.count), "one of twelve partitions: one a second")
    }

    /// Whatever the settings think that topics have.
    @Test(arguments: [(1, 12.0), (3, 4), (12, 1), (24, 0.5)])
    func theAssignmentSaysWhatTheShareIsOf(partitions: Int, perSecond: Double) {
        let limits = EdgeLimits(requests: Rate(perSecond: 12, burst: 1))
        let assigned = CoreHarness.everything().map { partition in
            var partition = partition
            partition.topicPartitions = partitions
            return partition
        }
        let core = CoreHarness([EdgeProfile(name: "a", callItemsMax: 1, limits: limits)], assigned: assigned)
        for number in 0..<60 { core.publish(tag: "\(number)", namespace: "n\(number)") }
        for _ in 0..<400 {
            core.answerAll()
            core.pass(.milliseconds(10))
        }
        let expected = perSecond * 4
        #expect((expected - 1...expected + 2).contains(Double(core.sent.count)), "\(core.sent.count) in four seconds")
    }

    @Test func anEdgeIsLeftAloneAsLongAsItAsks() {
        let core = CoreHarness()
        let id = core.publish(tag: "x")
        core.fail(.throttled, retryAfter: .seconds(7))
        core.publish(tag: "y", namespace: "other")
        core.pass(.milliseconds(6_990))
        #expect(core.purges.isEmpty)
        core.pass(.milliseconds(520))
        #expect(core.purges.count == 2)
        core.answerAll()
        #expect(core.states(id) == ["a": .purged])
        #expect(core.reports[id]?.edges.first?.attempts == 1, "too much for the edge is no attempt at the request")
    }

    @Test func anExhaustedBudgetIsARestWithoutAFailure() {
        let core = CoreHarness()
        core.publish(tag: "x")
        core.answer(rest: .seconds(2))
        core.publish(tag: "y")
        #expect(core.purges.isEmpty)
        core.pass(.milliseconds(2_001))
        #expect(core.purges.count == 1)
    }

    @Test func troubleHalvesWhatAnEdgeGetsAtATime() {
        let core = CoreHarness([EdgeProfile(name: "a", concurrencyMax: 8)])
        for number in 0..<40 { core.publish(tag: "x", namespace: "n\(number)") }
        #expect(core.purges.count == 8)
        core.fail(.unknown)
        #expect(core.purges.count == 8, "one namespace's failure says little about the edge")
        core.fail(.unknown)
        for _ in 0..<7 { core.answer() }
        #expect((4...5).contains(core.purges.count), "half as many, and one more for each round since")
    }

    @Test func outerCachesArePurgedAfterInnerOnes() {
        let core = CoreHarness([
            EdgeProfile(name: "inner"), EdgeProfile(name: "outer", layer: 1, layerDelay: .seconds(1)),
        ])
        let id = core.publish(tag: "x")
        core.publish(tag: "y")
        #expect(core.purges.map(\.edge) == ["inner"])
        core.answer("inner")
        core.answer("inner")
        core.pass(.milliseconds(990))
        #expect(core.purges.isEmpty)
        core.pass(.milliseconds(20))
        #expect(core.purges.map(\.edge) == ["outer"])
        core.answerAll()
        #expect(core.states(id) == ["inner": .purged, "outer": .purged])
        #expect(core.openRecords == 0)
    }

    @Test func anOuterCacheWaitsForADeferredInnerOne() throws {
        let core = CoreHarness([EdgeProfile(name: "inner"), EdgeProfile(name: "outer", layer: 1)])
        let id = core.publish(tag: "x")
        for _ in 0..<3 {
            core.fail(.transient, at: "inner")
            core.pass(.seconds(3))
        }
        #expect(core.purges.isEmpty)
        let retryRecord = try #require(core.retryRecords.first)
        #expect(retryRecord.retry.parts.map(\.edge) == ["inner", "outer"])
        #expect(retryRecord.retry.lastFailedEdge == "inner")
        let told = try #require(core.reports[id]?.edges)
        #expect(told.map { $0.failure?.failureClass } == [.transient, nil], "the outer one has not failed")
        #expect(told.map(\.wait) == [nil, "waits for inner, of an inner layer"])
        core.readBack(retryRecord)
        core.pass(.seconds(11))
        #expect(core.purges.map(\.edge) == ["inner"])
        core.answer()
        core.pass(.milliseconds(1_001))
        #expect(core.purges.map(\.edge) == ["outer"])
    }

    @Test func aRequestIsUnderWayAtSoManyEdgesAtATime() {
        let core = CoreHarness((0..<5).map { EdgeProfile(name: "e\($0)", fanOutMax: 2) })
        core.publish(tag: "x")
        #expect(core.purges.map(\.edge) == ["e0", "e1"])
        core.answer("e1")
        #expect(core.purges.map(\.edge) == ["e0", "e2"])
        core.answerAll()
        #expect(core.sent.map(\.edge) == ["e0", "e1", "e2", "e3", "e4"])
        #expect(core.openRecords == 0)
    }
}
