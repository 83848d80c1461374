internal import Basics

/// Checks of one edge: when it is asked to purge markers, and which kinds of selectors it refuses by the last answer.
///
/// A refused request says little about its edge: a single item may be what it does not accept. So when there is doubt,
/// the edge is asked for markers that nobody has cached, not more often than the pause allows.
struct EdgeChecks {
    /// The shortest time between two checks, doubled up to the longest one while the edge passes them.
    static let pauseMin = Duration.seconds(1).nanoseconds
    static let pauseMax = Duration.seconds(10).nanoseconds

    /// A check is under way.
    private(set) var isUnderWay = false
    /// Something failed since the last check, and a check is owed.
    private(set) var isOwed = false
    /// Kinds that the edge refused in the last check, with the reason.
    private(set) var refused: [EdgeCheck.Answer] = []
    private var pause = EdgeChecks.pauseMin
    private var allowedAt: Int64 = .min

    var refusesNothing: Bool { refused.isEmpty }
    var refusedKinds: SelectorKinds { refused.reduce(into: SelectorKinds()) { $0.formUnion($1.kinds) } }

    /// Something about the edge is in doubt.
    mutating func request() { isOwed = true }

    /// When the next check may begin, on the monotonic clock; nil while none is wanted, or one is under way.
    var dueAt: Int64? { !isUnderWay && (isOwed || !refused.isEmpty) ? allowedAt : nil }

    mutating func begin() {
        precondition(!isUnderWay, "one check of an edge at a time")
        isUnderWay = true
        isOwed = false
    }

    /// - Returns: whether the edge takes a kind again that it refused before.
    mutating func end(refused answers: [EdgeCheck.Answer], now: Int64) -> Bool {
        isUnderWay = false
        let before = refusedKinds
        refused = answers
        allowedAt = now + pause
        pause = min(pause * 2, Self.pauseMax)
        return !before.subtracting(refusedKinds).isEmpty
    }

    /// The edge was found down: its checks follow the circuit breaker's pauses, and doubt begins anew.
    mutating func startOver() {
        pause = Self.pauseMin
        allowedAt = .min
        isOwed = false
    }

    /// Why a request with those kinds of selectors would be refused; nil when it would not.
    func refusal(of kinds: SelectorKinds) -> PurgeFailure? {
        refused.first { !$0.kinds.isDisjoint(with: kinds) }?.failure
    }
}
