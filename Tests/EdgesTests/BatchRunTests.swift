import Edges
import Invalidations
import Testing

@Suite struct BatchRunTests {
    /// One call for each item, and maybe a last one for all.
    private func run(items: Int, last: Bool = false) -> BatchRun {
        var plan = CallPlan()
        var all = CoveredItems(0)
        for item in 0..<items {
            plan.calls.append(EdgeCall("GET", "/\(item)", kinds: .urls, items: CoveredItems(item)))
            all.insert(item)
        }
        if last { plan.calls.append(EdgeCall("GET", "/all", kinds: .urls, items: all)) }
        return BatchRun(plan: plan, itemCount: items)
    }

    private func failed(
        _ kind: PurgeFailure.Class, _ reach: CallOutcome.Reach, retryAfter: Duration? = nil
    ) -> CallOutcome {
        .failed(PurgeFailure(kind, "no", retryAfter: retryAfter), reach)
    }

    private func classes(_ run: BatchRun, _ count: Int) -> [PurgeFailure.Class?] {
        (0..<count).map { run.outcome[$0].failure?.failureClass }
    }

    @Test func callsComeInOrderAndAllMustBeDone() {
        var run = run(items: 3)
        var made: [String] = []
        while let call = run.next {
            made.append(call.url)
            run.take(made.count == 2 ? .absent : .acknowledged(objects: 1))
        }
        #expect(made == ["/0", "/1", "/2"] && run.outcome == .acknowledged)
    }

    @Test func aFailureIsItsItemsOwn() {
        var run = run(items: 3)
        run.take(.acknowledged(objects: nil))
        run.take(failed(.permanentItem, .call))
        run.take(.acknowledged(objects: nil))
        #expect(classes(run, 3) == [nil, .permanentItem, nil])
    }

    @Test(arguments: [PurgeFailure.Class.transient, .permanentTarget])
    func afterAFailureOfTheEdgeNothingMoreIsSent(_ kind: PurgeFailure.Class) {
        var run = run(items: 3)
        run.take(.acknowledged(objects: nil))
        run.take(failed(kind, .edge))
        #expect(run.next == nil)
        #expect(classes(run, 3) == [nil, kind, .transient])
    }

    @Test(arguments: [PurgeFailure.Class.throttled, .quota])
    func whatIsTooMuchHoldsForWhatWasNotSent(_ kind: PurgeFailure.Class) {
        var run = run(items: 2)
        run.take(failed(kind, .edge, retryAfter: .seconds(9)))
        #expect(classes(run, 2) == [kind, kind])
        #expect(run.outcome[1].failure?.retryAfter == .seconds(9))
    }

    @Test func silencesInARowEndTheBatch() {
        var run = run(items: 9)
        for outcome in [failed(.unknown, .silence), failed(.unknown, .silence), .absent] { run.take(outcome) }
        for _ in 0..<BatchRun.silencesMax { run.take(failed(.unknown, .silence)) }
        #expect(run.next == nil)
        let unsent: [PurgeFailure.Class?] = [.transient, .transient, .transient]
        #expect(classes(run, 9) == [.unknown, .unknown, nil, .unknown, .unknown, .unknown] + unsent)
    }

    @Test func anItemEndsAsTheWorstOfItsCalls() {
        var run = run(items: 3, last: true)
        run.take(failed(.permanentItem, .call))
        run.take(failed(.throttled, .call, retryAfter: .seconds(1)))
        run.take(.acknowledged(objects: nil))
        run.take(failed(.transient, .call, retryAfter: .seconds(5)))
        #expect(classes(run, 3) == [.transient, .throttled, .transient])
        #expect(run.outcome[1].failure?.retryAfter == .seconds(5))
    }

    @Test func coveredItemsKeepTheirOrder() {
        var items = CoveredItems(2)
        for item in [2, 3, 4, 7, 7, 9, 10] { items.insert(item) }
        #expect(items.places == [2, 3, 4, 7, 9, 10])
    }
}
