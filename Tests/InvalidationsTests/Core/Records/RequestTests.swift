import Invalidations
import TestSupport
import Testing

/// Parts of a request: whatever happens to them, the counts are those of their stages.
struct RequestTests {
    private static func request(_ count: Int) -> Request {
        Request((0..<count).map { Target(edge: $0, step: .first, name: "e\($0)") })
    }

    /// One step that is allowed in the part's stage.
    private static func step(_ request: inout Request, _ target: Int, _ random: inout SeededGenerator) {
        let choice = Int.random(in: 0..<4, using: &random)
        switch (request[target].stage, choice) {
        case (.settled, _): break
        case (.waiting, 0...2): request.enqueue(target, bytes: 1, isHeld: choice == 0)
        case (.held, 0...2): request.release(target)
        case (.queued, 0): request.hold(target)
        case (.queued, 1): request.send(target)
        case (.sending, 0): request.requeue(target)
        case (.held, _), (.queued, 2), (.sending, 1): request.delay(target)
        case (_, 2): request.settle(target, as: .deferred(.order))
        default: request.settle(target, as: .purged)
        }
    }

    @Test func theCountsAreThoseOfTheStages() {
        var random = SeededGenerator.printed("request")
        for _ in 0..<200 {
            var request = Self.request(4)
            for _ in 0..<60 {
                Self.step(&request, Int.random(in: 0..<4, using: &random), &random)
                let left = request.targets.count { $0.stage != .settled }
                let active = request.targets.count { $0.stage.isActive }
                #expect((request.targetsLeft, request.active) == (left, active), "seed \(random.seed)")
            }
        }
    }

    /// What reports show of a part on its way.
    @Test func reportsShowWhatAPartHasBehindIt() {
        var request = Request([
            Target(edge: 0, step: .first, name: "new"),
            .deferred(edge: 1, RetryMetadata.Part(edge: "retry", step: .first, attempts: 3), lastFailure: nil),
        ])
        var shown = [request.targets.map(\.state)]
        for target in 0..<2 { request.enqueue(target, bytes: 1, isHeld: target == 1) }
        shown.append(request.targets.map(\.state))
        request.release(1)
        for target in 0..<2 { request.send(target) }
        shown.append(request.targets.map(\.state))
        for target in 0..<2 { request.requeue(target) }
        request.hold(0)
        shown.append(request.targets.map(\.state))
        request.delay(1)
        shown.append(request.targets.map(\.state))
        #expect(
            shown == [
                [.queued, .deferred], [.queued, .deferred], [.sending, .sending], [.sending, .sending],
                [.sending, .deferred],
            ])
    }

    @Test(arguments: [
        (Settlement.purged, EdgeState.purged, nil as DeferReason?),
        (.coalesced, .absorbed, nil), (.expired, .expired, nil), (.cancelled, .cancelled, nil),
        (.dead(PurgeFailure(.permanentItem, "no")), .dead, nil), (.deferred(.order), .deferred, .order),
    ])
    func aPartEndsAsItIsSettled(_ settlement: Settlement, _ state: EdgeState, _ reason: DeferReason?) {
        var request = Self.request(1)
        request.settle(0, as: settlement)
        #expect(request[0].stage == .settled && request[0].state == state && request[0].deferReason == reason)
    }

    @Test func aPartThatIsDeferredKeepsItsFailureAndAPurgedOneDoesNot() {
        var request = Self.request(2)
        let failure = PurgeFailure(.transient, "no")
        for target in 0..<2 { request[target].failure = failure }
        request.settle(0, as: .deferred(.failed))
        request.settle(1, as: .purged)
        #expect(request.targets.map(\.failure) == [failure, nil])
        #expect(request.targets.map(\.deferReason) == [.failed, nil])
        #expect(request.isDeferred && request.targetsLeft == 0)
    }

    @Test func aLayerThatOpensKeepsItsTime() {
        var request = Self.request(2)
        request.openFirstLayer(1)
        #expect(request.isLayerOpen(1) && !request.isLayerOpen(2))
        request.openLayer(2, at: 100)
        #expect(!request.isLayerOpen(1), "no layer is open while the next one opens")
        request.openFirstLayer(3)
        let isOpened = [99, 100, 200].map { request.openLayer(ifDueBy: $0) }
        #expect(isOpened == [false, true, false], "it opens once, when it is due")
        #expect(request.isLayerOpen(3))
    }

    @Test func aRepeatPurgeIsDeferredFromTheStart() {
        var request = Self.request(1)
        request.settle(0, as: .purged)
        request.planRepeatPurge(edge: 0, name: "e0+again")
        #expect(request.targetsLeft == 0 && request.isDeferred)
        #expect(request.targets.map(\.state) == [.purged, .deferred])
    }
}
