public import Invalidations

/// Run of one batch: its calls, several at a time, and the outcomes of its items.
///
/// The window says how many calls may be on their way together. It begins small, grows with every success and
/// closes to one with a failure, so that an edge in trouble is not met by all calls of a batch at once.
public struct BatchRun: Sendable {
    private var plan: CallPlan
    private let itemCount: Int
    private let windowMax: Int
    private let isOrdered: Bool
    private var window: Int
    private var position = 0
    private var inFlight = 0
    /// Calls in a row that the edge left without an answer.
    private var silences = 0
    private var failures: [Int: PurgeFailure] = [:]
    private var counts = ObjectCounts()

    /// So many calls in a row without an answer end the batch: later ones would only wait for the same.
    public static let silencesMax = 3
    private static let windowAtFirst = 2

    /// - Parameters:
    ///   - windowMax: calls on their way at the same time, at most; one keeps them in order.
    ///   - isOrdered: whether those are of the same kinds.
    public init(plan: CallPlan, itemCount: Int, windowMax: Int = 1, isOrdered: Bool = false) {
        precondition(windowMax > 0, "a batch needs a call at a time")
        self.plan = plan
        self.itemCount = itemCount
        self.windowMax = windowMax
        self.isOrdered = isOrdered
        window = min(windowMax, Self.windowAtFirst)
        for refusal in plan.refused {
            var failure = refusal.failure
            failure.isShared = false
            fail(refusal.item, failure)
        }
    }

    /// There is a call to send, now or once others have ended.
    public var hasUnsent: Bool { position < plan.calls.count }

    /// There is a call to send now.
    public var canSend: Bool { hasUnsent && inFlight < window && (inFlight == 0 || !isOrdered || isLikeTheLast) }

    /// What is on its way is of the kinds of the call that was sent last.
    private var isLikeTheLast: Bool { plan.calls[position].kinds == plan.calls[position - 1].kinds }

    public var isIdle: Bool { inFlight == 0 }

    /// Nothing is to be sent, and nothing on its way.
    public var isDone: Bool { !hasUnsent && inFlight == 0 }

    /// The kinds of selectors in calls that are not sent yet.
    public var unsentKinds: SelectorKinds {
        plan.calls[position...].reduce(into: []) { $0.formUnion($1.kinds) }
    }

    public func call(_ index: Int) -> EdgeCall { plan.calls[index] }

    /// The call to send next, by its index; nil when there is none now.
    public mutating func send() -> Int? {
        guard canSend else { return nil }
        inFlight += 1
        position += 1
        return position - 1
    }

    /// Takes what came of the call at that index.
    public mutating func record(_ outcome: CallOutcome, for index: Int) {
        precondition(inFlight > 0 && index < position, "an outcome without a call")
        inFlight -= 1
        let call = plan.calls[index]
        switch outcome {
        case .acknowledged(let objects): done(call, objects)
        case .absent: done(call, 0)
        case .failed(let failure, let reach):
            failed(call, failure)
            // An edge that refuses one item does well otherwise.
            if failure.failureClass != .permanentItem { window = 1 }
            silences = reach == .silence ? silences + 1 : 0
            if reach == .edge || silences == Self.silencesMax { giveUp(failure) }
        }
    }

    /// What became of the batch, once it is done.
    public var outcome: PurgeOutcome {
        precondition(isDone, "the batch is not done")
        if failures.isEmpty, !counts.hasAny { return .acknowledged }
        return .each(
            (0..<itemCount).map { item in
                failures[item].map(ItemOutcome.failed) ?? .acknowledged(objects: counts[item])
            })
    }

    /// Sends nothing more. What was not sent may be sent again, whatever was wrong with what was.
    mutating func giveUp(_ cause: PurgeFailure) {
        let isTooMuch = cause.failureClass == .throttled || cause.failureClass == .quota
        failUnsent(
            PurgeFailure(
                isTooMuch ? cause.failureClass : .transient, "not sent, after \(cause.message)",
                retryAfter: cause.retryAfter))
    }

    /// Sends nothing more; that is what came of it.
    mutating func failUnsent(_ failure: PurgeFailure) {
        while position < plan.calls.count {
            failed(plan.calls[position], failure)
            position += 1
        }
    }

    /// Sends no more calls of those kinds.
    mutating func refuse(_ kinds: SelectorKinds, _ failure: PurgeFailure) {
        guard !kinds.isEmpty else { return }
        let unsent = plan.calls[position...]
        let kept = unsent.filter { $0.kinds.isDisjoint(with: kinds) }
        guard kept.count < unsent.count else { return }
        for call in unsent where !call.kinds.isDisjoint(with: kinds) { failed(call, failure) }
        plan.calls.replaceSubrange(position..., with: kept)
    }

    private mutating func done(_ call: EdgeCall, _ objects: Int?) {
        silences = 0
        window = min(windowMax, window + 1)
        // Of a call that several share nobody knows whose objects they were.
        counts.add(call.items.count == 1 || objects == 0 ? objects : nil, to: call.items, of: itemCount)
    }

    private mutating func failed(_ call: EdgeCall, _ failure: PurgeFailure) {
        var failure = failure
        failure.kinds = call.kinds
        failure.isShared = call.items.count > 1
        call.items.forEach { fail($0, failure) }
    }

    /// An item of several calls ends as the worst of them: nothing may be purged at a wrong target, and as long
    /// as one of its calls may be repeated, the item is.
    private mutating func fail(_ item: Int, _ failure: PurgeFailure) {
        guard var known = failures[item] else {
            failures[item] = failure
            return
        }
        let retryAfter = [known.retryAfter, failure.retryAfter].compactMap(\.self).max()
        let (old, new) = (Self.rank(known), Self.rank(failure))
        if new == old {
            known.kinds.formUnion(failure.kinds)
            // One that failed alone failed for its own sake.
            known.isShared = known.isShared && failure.isShared
        } else if new > old {
            known = failure
        }
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

/// The objects that an edge says it purged, for each item of a batch. It needs no memory before the first answer.
private struct ObjectCounts {
    /// At least one item's number is known.
    private(set) var hasAny = false
    private var counts: [Int] = []

    private static let unasked = -2
    private static let unknown = -1
    /// No cache holds more; a sum of such numbers cannot overflow before a batch's calls run out.
    private static let objectsMax = 1 << 40

    /// Nil where the edge did not say.
    subscript(item: Int) -> Int? { counts.isEmpty || counts[item] < 0 ? nil : counts[item] }

    mutating func add(_ objects: Int?, to items: CoveredItems, of itemCount: Int) {
        if counts.isEmpty { counts = Array(repeating: Self.unasked, count: itemCount) }
        items.forEach { item in
            guard let objects, counts[item] != Self.unknown else {
                counts[item] = Self.unknown
                return
            }
            counts[item] = min(Self.objectsMax, max(0, counts[item]) + min(max(0, objects), Self.objectsMax))
            hasAny = true
        }
    }
}
