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
    ]

    @Test(arguments: cases)
    func plan(_ each: Case) {
        let plan = RetryPlanner(delays: Self.delays).plan(each.parts, after: each.previous, now: Self.now)
        #expect(
            plan == RetryPlanner.Plan(tier: each.tier, notBefore: Self.now + each.due, reason: each.reason))
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
