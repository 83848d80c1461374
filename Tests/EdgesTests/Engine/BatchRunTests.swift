import Edges
import Invalidations
import Testing

/// Tests of the calls of one batch.
@Suite struct BatchRunTests {
    /// One call for each item, and maybe a last one for all.
    private func run(items: Int, last: Bool = false, windowMax: Int = 1) -> BatchRun {
        var plan = CallPlan()
        var all = CoveredItems(0)
        for item in 0..<items {
            plan.calls.append(EdgeCall("GET", "/\(item)", kinds: .urls, items: CoveredItems(item)))
            all.insert(item)
        }
        if last { plan.calls.append(EdgeCall("GET", "/all", kinds: .urls, items: all)) }
        return BatchRun(plan: plan, itemCount: items, windowMax: windowMax)
    }

    private func failed(
        _ kind: PurgeFailure.Class, _ reach: CallOutcome.Reach, retryAfter: Duration? = nil
    ) -> CallOutcome {
        .failed(PurgeFailure(kind, "no", retryAfter: retryAfter), reach)
    }

    private func classes(_ run: BatchRun, _ count: Int) -> [PurgeFailure.Class?] {
        (0..<count).map { run.outcome[$0].failure?.failureClass }
    }

    private func sent(_ run: inout BatchRun) throws -> Int {
        let index = run.send()
        return try #require(index)
    }

    private func answerCalls(_ run: inout BatchRun, _ outcomes: CallOutcome...) throws {
        for outcome in outcomes {
            run.record(outcome, for: try sent(&run))
        }
    }

    @Test func callsComeInOrderAndAllMustBeDone() throws {
        var run = run(items: 3)
        for expected in ["/0", "/1", "/2"] {
            #expect(!run.isDone)
            let index = try sent(&run)
            #expect(run.call(index).url == expected && run.send() == nil)
            run.record(.acknowledged(objects: nil), for: index)
        }
        #expect(run.isDone && run.outcome == .acknowledged)
    }

    @Test func aFailureIsItsItemsOwn() throws {
        var run = run(items: 3)
        try answerCalls(&run, .acknowledged(objects: nil), failed(.permanentItem, .call), .acknowledged(objects: nil))
        #expect(classes(run, 3) == [nil, .permanentItem, nil])
        #expect(run.outcome[1].failure?.kinds == .urls && run.outcome[1].failure?.isShared == false)
    }

    @Test(arguments: [PurgeFailure.Class.transient, .permanentTarget])
    func afterAFailureOfTheEdgeNothingMoreIsSent(_ kind: PurgeFailure.Class) throws {
        var run = run(items: 3)
        try answerCalls(&run, .acknowledged(objects: nil), failed(kind, .edge))
        #expect(run.isDone)
        #expect(classes(run, 3) == [nil, kind, .transient])
    }

    @Test(arguments: [PurgeFailure.Class.throttled, .quota])
    func whatIsTooMuchHoldsForWhatWasNotSent(_ kind: PurgeFailure.Class) throws {
        var run = run(items: 2)
        try answerCalls(&run, failed(kind, .edge, retryAfter: .seconds(9)))
        #expect(classes(run, 2) == [kind, kind])
        #expect(run.outcome[1].failure?.retryAfter == .seconds(9))
    }

    @Test func silencesInARowEndTheBatch() throws {
        var run = run(items: 9)
        try answerCalls(&run, failed(.unknown, .silence), failed(.unknown, .silence), .absent)
        for _ in 0..<BatchRun.silencesMax { try answerCalls(&run, failed(.unknown, .silence)) }
        #expect(run.isDone)
        let unsent: [PurgeFailure.Class?] = [.transient, .transient, .transient]
        #expect(classes(run, 9) == [.unknown, .unknown, nil, .unknown, .unknown, .unknown] + unsent)
    }

    @Test func anItemEndsAsTheWorstOfItsCalls() throws {
        var run = run(items: 3, last: true)
        try answerCalls(
            &run, failed(.permanentItem, .call), failed(.throttled, .call, retryAfter: .seconds(1)),
            .acknowledged(objects: nil), failed(.transient, .call, retryAfter: .seconds(5)))
        #expect(classes(run, 3) == [.transient, .throttled, .transient])
        #expect(run.outcome[1].failure?.retryAfter == .seconds(5))
        // What failed alone says more of the item than what failed with all.
        #expect((0..<3).map { run.outcome[$0].failure?.isShared } == [true, false, true])
    }

    /// The core asks which kinds were refused: a failure carries the kinds of its own calls, not of all.
    @Test func aFailureNamesTheKindsOfItsCalls() throws {
        var plan = CallPlan()
        let kinds: [SelectorKinds] = [.tags, .urls, .prefixes, .everything]
        for kind in kinds { plan.calls.append(EdgeCall("X", "/", kinds: kind, items: CoveredItems(0))) }
        var run = BatchRun(plan: plan, itemCount: 1)
        try answerCalls(
            &run, .acknowledged(objects: 1), failed(.transient, .call), failed(.permanentTarget, .call),
            failed(.permanentTarget, .call))
        #expect(run.outcome[0].failure?.kinds == [.prefixes, .everything])
        var refusals = CallPlan()
        refusals.refuse(0, PurgeFailure(.permanentItem, "no tag"))
        #expect(BatchRun(plan: refusals, itemCount: 1).outcome[0].failure?.isShared == false)
    }

    /// Objects are an item's own only where the call was; nothing is nobody's.
    @Test func objectsAreCountedForEachItem() throws {
        var run = run(items: 4, last: true)
        try answerCalls(
            &run, .acknowledged(objects: 2), .absent, .acknowledged(objects: nil), failed(.permanentItem, .call),
            .acknowledged(objects: 0))
        #expect(run.outcome[0] == .acknowledged(objects: 2) && run.outcome[1] == .acknowledged(objects: 0))
        #expect(run.outcome[2] == .acknowledged(objects: nil) && run.outcome[3].failure != nil)
        var shared = self.run(items: 2, last: true)
        try answerCalls(&shared, .acknowledged(objects: 1), .absent, .acknowledged(objects: 7))
        #expect((0..<2).map { shared.outcome[$0] } == [.acknowledged(objects: nil), .acknowledged(objects: nil)])
        var huge = self.run(items: 1, last: true)
        try answerCalls(&huge, .acknowledged(objects: .max), .acknowledged(objects: .max))
        #expect(huge.outcome[0] == .acknowledged(objects: 1 << 40))
    }

    @Test func callsOfOtherKindsWaitInAnOrderedBatch() {
        var plan = CallPlan()
        let kinds: [SelectorKinds] = [.tags, .tags, .prefixes, .prefixes, .everything]
        for kind in kinds { plan.calls.append(EdgeCall("X", "/", kinds: kind, items: CoveredItems(0))) }
        var run = BatchRun(plan: plan, itemCount: 1, windowMax: 8, isOrdered: true)
        func fill() -> [Int] {
            var indices: [Int] = []
            while let index = run.send() { indices.append(index) }
            return indices
        }
        var sent = [fill()]
        for index in [0, 1, 3, 2, 4] {
            run.record(.absent, for: index)
            sent.append(fill())
        }
        #expect(sent == [[0, 1], [], [2, 3], [], [4], []] && run.isDone)
    }

    /// Two at first, one more with each success, one after a failure of the edge.
    @Test func theWindowGrowsWithSuccessAndClosesWithFailure() throws {
        var run = run(items: 20, windowMax: 4)
        func fill(_ run: inout BatchRun) -> [Int] {
            var indices: [Int] = []
            while let index = run.send() { indices.append(index) }
            return indices
        }
        #expect(fill(&run) == [0, 1] && run.send() == nil)
        run.record(.acknowledged(objects: nil), for: 1)
        #expect(fill(&run) == [2, 3])
        run.record(.absent, for: 0)
        #expect(fill(&run) == [4, 5])
        run.record(.absent, for: 2)
        #expect(fill(&run) == [6])
        run.record(failed(.permanentItem, .call), for: 3)
        #expect(fill(&run) == [7])
        run.record(failed(.transient, .call), for: 4)
        #expect(fill(&run) == [])
        for index in [5, 6, 7] { run.record(failed(.unknown, .silence), for: index) }
        #expect(run.isDone && classes(run, 20)[8...].allSatisfy { $0 == .transient })
    }

    @Test func coveredItemsKeepTheirOrder() {
        var items = CoveredItems(2)
        for item in [2, 3, 4, 7, 7, 9, 10] { items.insert(item) }
        #expect(items.indices == [2, 3, 4, 7, 9, 10])
    }
}
