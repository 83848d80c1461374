import Invalidations
import TestSupport
import Testing

/// Table and properties of the retry planner.
struct RetryPlannerTests {
    typealias Part = RetryPlanner.Part
    typealias Previous = RetryPlanner.Previous

    static let delays: [Int64] = [10_000, 60_000, 600_000, 3_600_000]
    static let now = Timestamp(milliseconds: 1_000_000_000)

    struct Case: CustomTestStringConvertible {
        var testDescription: String
        var parts: [Part]
        var previous: Previous?
        /// The request's own time, after `now`, in milliseconds.
        var earliest: Int64?
        var tier: Int
        /// After `now`, in milliseconds.
        var due: Int64
        var reason: DeferReason
    }

    static let cases = [
        Case(
            testDescription: "a first failure goes to the first topic", parts: [Part(reason: .failed)], tier: 0,
            due: 10_000, reason: .failed),
        Case(
            testDescription: "a second failure goes to the next topic", parts: [Part(reason: .failed)],
            previous: Previous(tier: 0, notBefore: now), tier: 1, due: 60_000, reason: .failed),
        Case(
            testDescription: "the last topic is the last", parts: [Part(reason: .failed)],
            previous: Previous(tier: 3, notBefore: now), tier: 3, due: 3_600_000, reason: .failed),
        Case(
            testDescription: "what was only tried early keeps topic and time", parts: [Part(reason: .failed)],
            previous: Previous(tier: 1, notBefore: now + 5_000), tier: 1, due: 5_000, reason: .failed),
        Case(
            testDescription: "an inner cache that has ended is kept away from",
            parts: [Part(reason: .failed, layerDistance: 9_000)],
            previous: Previous(tier: 1, notBefore: now + 5_000, hasEndedPart: true), tier: 1, due: 9_000,
            reason: .failed),
        Case(
            testDescription: "a retry that lacks capacity waits the shortest delay", parts: [Part(reason: .overflow)],
            previous: Previous(tier: 2, notBefore: now), tier: 0, due: 10_000, reason: .overflow),
        Case(
            testDescription: "a long outage goes to the topic that fits it",
            parts: [Part(reason: .breaker, outage: 61_000), Part(reason: .overflow)], tier: 2, due: 600_000,
            reason: .breaker),
        Case(
            testDescription: "an outage never goes back to a shorter delay",
            parts: [Part(reason: .breaker, outage: 1)], previous: Previous(tier: 2, notBefore: now), tier: 2,
            due: 600_000, reason: .breaker),
        Case(
            testDescription: "a failure beside an outage waits as a failure",
            parts: [Part(reason: .breaker, outage: 61_000), Part(reason: .failed)], tier: 0, due: 10_000,
            reason: .failed),
        Case(
            testDescription: "a repeat purge alone waits its own pause",
            parts: [Part(reason: .repeatPurge, repeatsAfter: 45_000)], tier: 1, due: 45_000, reason: .repeatPurge),
        Case(
            testDescription: "a repeat purge makes its company wait",
            parts: [Part(reason: .repeatPurge, repeatsAfter: 45_000), Part(reason: .order)], tier: 0, due: 45_000,
            reason: .repeatPurge),
        Case(
            testDescription: "a part that is not due comes no sooner beside a repeat purge",
            parts: [Part(reason: .repeatPurge, repeatsAfter: 1_000)],
            previous: Previous(tier: 0, notBefore: now + 7_000),
            tier: 0, due: 7_000, reason: .repeatPurge),
        Case(
            testDescription: "a short wait is exact", parts: [Part(reason: .scheduled)], earliest: 3_000, tier: 0,
            due: 3_000, reason: .scheduled),
        Case(
            testDescription: "a wait of one delay is one hop", parts: [Part(reason: .scheduled)], earliest: 60_000,
            tier: 1, due: 60_000, reason: .scheduled),
        Case(
            testDescription: "a longer wait goes as far as its topic does", parts: [Part(reason: .scheduled)],
            earliest: 599_999, tier: 1, due: 60_000, reason: .scheduled),
        Case(
            testDescription: "a day goes by hours", parts: [Part(reason: .scheduled)],
            previous: Previous(tier: 3, notBefore: now), earliest: 80_000_000, tier: 3, due: 3_600_000,
            reason: .scheduled),
        Case(
            testDescription: "the last hop is the shortest", parts: [Part(reason: .scheduled)],
            previous: Previous(tier: 1, notBefore: now), earliest: 1, tier: 0, due: 1, reason: .scheduled),
        Case(
            testDescription: "a wait that stands in the way goes on as it was", parts: [Part(reason: .scan)],
            previous: Previous(tier: 2, notBefore: now + 400_000), earliest: 500_000, tier: 2, due: 400_000,
            reason: .scheduled),
        Case(
            testDescription: "whatever else it would wait for, its own time comes first",
            parts: [Part(reason: .breaker, outage: 4_000_000), Part(reason: .order)], earliest: 12_000, tier: 0,
            due: 10_000, reason: .scheduled),
        Case(
            testDescription: "what is written late is due at once", parts: [Part(reason: .scheduled)], earliest: -40,
            tier: 0, due: -40, reason: .scheduled),
    ]

    @Test(arguments: cases)
    func plan(_ each: Case) {
        let plan = RetryPlanner(delays: Self.delays).plan(
            each.parts, after: each.previous, notBefore: each.earliest.map { Self.now + $0 }, now: Self.now)
        #expect(
            plan == RetryPlanner.Plan(tier: each.tier, notBefore: Self.now + each.due, reason: each.reason))
    }

    /// Hop by hop to any time within a day: never beyond it, and on no topic longer than what is left.
    @Test func everyWaitEndsAtItsTime() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let all: [Int64] = [1_000, 2_000, 10_000, 60_000, 600_000, 3_600_000]
            let delays = all.filter { _ in Bool.random(using: &random) }
            guard let shortest = delays.first else { continue }
            let earliest = Self.now + .random(in: 1...960 * shortest, using: &random)
            var (now, previous, hops) = (Self.now, Previous?.none, 0)
            while now < earliest, hops < 2_000 {
                let plan = RetryPlanner(delays: delays).plan(
                    [Part(reason: .scheduled)], after: previous, notBefore: earliest, now: now)
                let isShort = plan.tier == 0 || now + delays[plan.tier] <= earliest
                #expect(
                    plan.notBefore > now && plan.notBefore <= earliest && isShort && plan.reason == .scheduled,
                    "seed \(seed): \(delays), \(plan) at \(now) for \(earliest)")
                guard plan.notBefore > now else { return }
                // A worker may come to it a little late.
                now = plan.notBefore + .random(in: 0...30, using: &random)
                previous = Previous(tier: plan.tier, notBefore: plan.notBefore)
                hops += 1
            }
            #expect(now < earliest + 31, "seed \(seed): \(delays), \(hops) hops to \(earliest)")
        }
    }

    /// Whatever is left: the topic exists, the record is not due before now, and not before a later time that it had.
    @Test func everyPlanIsPossible() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let parts = (0...Int.random(in: 0...3, using: &random)).map { _ in
                Part(
                    reason: DeferReason.allCases.randomElement(using: &random) ?? .failed,
                    outage: Bool.random(using: &random) ? .random(in: 0...10_000_000, using: &random) : nil,
                    repeatsAfter: Bool.random(using: &random) ? .random(in: 0...10_000_000, using: &random) : nil,
                    layerDistance: .random(in: 0...20_000, using: &random))
            }
            let previous: Previous? =
                Bool.random(using: &random)
                ? nil
                : Previous(
                    tier: .random(in: 0..<Self.delays.count, using: &random),
                    notBefore: Self.now + .random(in: -100_000...100_000, using: &random),
                    hasEndedPart: .random(using: &random))
            let plan = RetryPlanner(delays: Self.delays).plan(parts, after: previous, now: Self.now)
            let isPossible =
                Self.delays.indices.contains(plan.tier) && plan.notBefore >= Self.now
                && plan.notBefore >= previous?.notBefore ?? Self.now && parts.contains { $0.reason == plan.reason }
            #expect(isPossible, "seed \(seed): \(parts) after \(String(describing: previous)): \(plan)")
            guard isPossible else { return }
        }
    }
}
