/// Dead letters in a row of one namespace at one edge, and the pause that too many of them bring. Something is wrong then
/// that no dead letter mends. Others have no part in it and notice nothing.
struct DeadLetterRow {
    private var count: Int32 = 0
    /// On the monotonic clock: nothing of the namespace is sent to the edge before.
    private(set) var pausedUntil: Int64 = .min

    mutating func recordSuccess() { count = 0 }

    /// - Returns: whether that was one too many; it is counted anew from here.
    mutating func recordDeadLetter(_ policy: DeadLetterGuardPolicy, now: Int64) -> Bool {
        count += 1
        guard count >= policy.inRow else { return false }
        count = 0
        pausedUntil = now + policy.pause.nanoseconds
        return true
    }
}
