/// Notices when almost nothing but dead letters comes out of a partition: then something is wrong that no dead
/// letter mends, and it is better to stop than to bury everything.
struct DeadLetterGuard {
    private let policy: DeadLetterGuardPolicy
    private var inRow = 0
    private var dead = 0
    private var all = 0
    /// On the monotonic clock; nil before the first record.
    private var windowEnd: Int64?

    init(_ policy: DeadLetterGuardPolicy) {
        self.policy = policy
    }

    /// - Returns: whether the partition must stop; it is counted anew from here.
    mutating func isFlood(isDead: Bool, now: Int64) -> Bool {
        if windowEnd.map({ now >= $0 }) ?? true {
            windowEnd = now + policy.window.nanoseconds
            (dead, all) = (0, 0)
        }
        all += 1
        guard isDead else {
            inRow = 0
            return false
        }
        inRow += 1
        dead += 1
        let isMost = all >= policy.samplesMin && Double(dead) > policy.share * Double(all)
        guard inRow >= policy.inRow || isMost else { return false }
        (inRow, dead, all, windowEnd) = (0, 0, 0, nil)
        return true
    }
}
