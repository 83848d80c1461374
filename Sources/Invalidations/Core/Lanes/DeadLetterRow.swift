internal import Basics

/// Dead-letter row: counts dead letters in a row of one namespace at one edge.
///
/// Too many of them bring a pause: something is wrong that no dead letter mends. Other namespaces and edges are not
/// paused.
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
