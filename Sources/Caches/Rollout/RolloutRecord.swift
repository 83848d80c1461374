public import Invalidations

/// How far a namespace's rollout is, as the log says it.
public struct RolloutRecord: Hashable, Sendable {
    public enum Phase: String, CaseIterable, Comparable, Sendable {
        /// The namespace is as if there were no rollouts.
        case off
        /// The main API answers; the cache is compared with it.
        case shadow
        /// The cache answers reads of some keys.
        case canary
        /// It also accepts their writes.
        case writes
        /// The shares grow to all keys.
        case cutover

        private var step: Int { Self.allCases.firstIndex(of: self) ?? 0 }

        public static func < (a: Phase, b: Phase) -> Bool { a.step < b.step }
    }

    public var phase = Phase.off
    /// Decides which keys come first. It stays until the rollout is off.
    public var salt: UInt64
    /// Keys whose reads the cache answers; in the shadow phase those that are compared. Where a cutover begins.
    public var reads = RolloutShare.none
    /// Keys whose writes the cache accepts. Where a cutover begins.
    public var writes = RolloutShare.none
    /// How long a cutover lasts.
    public var over: Duration?
    public var guards = RolloutGuards()
    public var by: String
    public var reason: String?
    public var at: Timestamp

    public init(salt: UInt64, by: String, at: Timestamp) {
        (self.salt, self.by, self.at) = (salt, by, at)
    }

    /// The shares in force at that time. A cutover needs no record on its way.
    public func shares(at now: Timestamp) -> (reads: RolloutShare, writes: RolloutShare) {
        switch phase {
        case .off: return (.none, .none)
        case .shadow, .canary: return (reads, .none)
        case .writes: return (reads, writes)
        case .cutover:
            let progress = progress(at: now)
            return (Self.grown(reads, progress), Self.grown(writes, progress))
        }
    }

    /// From 0 to 1.
    private func progress(at now: Timestamp) -> Double {
        guard let over, over > .zero else { return 1 }
        let elapsed = now.milliseconds.subtractingReportingOverflow(at.milliseconds)
        guard !elapsed.overflow else { return now < at ? 0 : 1 }
        return min(1, max(0, Double(elapsed.partialValue) / (over / .milliseconds(1))))
    }

    private static func grown(_ share: RolloutShare, _ progress: Double) -> RolloutShare {
        let left = Double(RolloutShare.wholeParts - share.parts)
        return RolloutShare(parts: share.parts + Int((left * progress).rounded(.down)))
    }
}
