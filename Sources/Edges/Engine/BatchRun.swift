public import Invalidations

/// The way of one batch through its calls, one after another, and what is known of its items on the way.
public struct BatchRun: Sendable {
    private let plan: CallPlan
    private let itemCount: Int
    private var position = 0
    /// Calls in a row that the edge left without an answer.
    private var silences = 0
    private var failures: [Int: PurgeFailure] = [:]

    /// So many calls in a row without an answer end the batch: the rest would only wait for the same.
    public static let silencesMax = 3

    public init(plan: CallPlan, itemCount: Int) {
        self.plan = plan
        self.itemCount = itemCount
        for refusal in plan.refused { fail(refusal.item, refusal.failure) }
    }

    /// The call to make now; nil when all is done.
    public var next: EdgeCall? { position < plan.calls.count ? plan.calls[position] : nil }

    /// Takes what came of `next` and goes on behind it.
    public mutating func take(_ outcome: CallOutcome) {
        precondition(position < plan.calls.count, "an outcome without a call")
        let call = plan.calls[position]
        position += 1
        guard case .failed(let failure, let reach) = outcome else {
            silences = 0
            return
        }
        call.items.forEach { fail($0, failure) }
        silences = reach == .silence ? silences + 1 : 0
        if reach == .edge || silences == Self.silencesMax { giveUp(failure) }
    }

    /// What became of the batch, once `next` is nil.
    public var outcome: PurgeOutcome {
        precondition(next == nil, "the batch is not done")
        if failures.isEmpty { return .acknowledged }
        return .each(
            (0..<itemCount).map { item in failures[item].map(ItemOutcome.failed) ?? .acknowledged(objects: nil) })
    }

    /// Ends the batch here. What was not sent may be sent again, whatever was wrong with what was.
    mutating func giveUp(_ cause: PurgeFailure) {
        let isTooMuch = cause.failureClass == .throttled || cause.failureClass == .quota
        let unsent = PurgeFailure(
            isTooMuch ? cause.failureClass : .transient, "not sent, after \(cause.message)",
            retryAfter: cause.retryAfter)
        while position < plan.calls.count {
            plan.calls[position].items.forEach { fail($0, unsent) }
            position += 1
        }
    }

    /// An item of several calls ends as the worst of them: nothing may be purged at a wrong target, and as long
    /// as one of its calls may be repeated, the item is.
    private mutating func fail(_ item: Int, _ failure: PurgeFailure) {
        guard var known = failures[item] else {
            failures[item] = failure
            return
        }
        let retryAfter = [known.retryAfter, failure.retryAfter].compactMap(\.self).max()
        if Self.rank(failure) > Self.rank(known) { known = failure }
        known.retryAfter = retryAfter
        failures[item] = known
    }

    private static func rank(_ failure: PurgeFailure) -> Int {
        switch failure.failureClass {
        case .permanentItem: 0
        case .unknown: 1
        case .transient: 2
        case .throttled, .quota: 3
        case .permanentTarget: 4
        }
    }
}
