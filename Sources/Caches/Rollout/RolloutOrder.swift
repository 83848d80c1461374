public import Invalidations

/// What somebody wants of a namespace's rollout.
public enum RolloutOrder: Hashable, Sendable {
    case shadow(RolloutShare)
    case canary(RolloutShare)
    case writes(RolloutShare)
    case cutover(over: Duration?)
    case back
    /// A cutover stops where it is; other phases go back.
    case stop
}

/// Why an order cannot be followed, and what to do instead.
public struct RolloutRefusal: Error, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

extension RolloutRecord {
    /// The record that follows an order.
    ///
    /// - Parameters:
    ///   - current: nil where there never was a rollout.
    ///   - guards: nil to keep those in force.
    ///   - salt: of a rollout that begins.
    public static func following(
        _ current: RolloutRecord?, _ order: RolloutOrder, guards: RolloutGuards? = nil, salt: UInt64, by: String,
        reason: String? = nil, at now: Timestamp
    ) throws(RolloutRefusal) -> RolloutRecord {
        let phase = current?.phase ?? .off
        var next = current ?? RolloutRecord(salt: salt, by: by, at: now)
        if phase == .off { (next.salt, next.guards) = (salt, RolloutGuards()) }
        (next.by, next.reason, next.at, next.over) = (by, reason, now, nil)
        next.guards = guards ?? next.guards
        switch order {
        case .shadow(let share):
            try check(phase, [.off, .shadow], "shadow")
            (next.phase, next.reads, next.writes) = (.shadow, share, .none)
        case .canary(let share):
            try check(phase, [.shadow, .canary], "canary")
            (next.phase, next.reads, next.writes) = (.canary, share, .none)
        case .writes(let share):
            try check(phase, [.canary, .writes], "writes")
            // What was written here is read here.
            (next.phase, next.reads, next.writes) = (.writes, max(next.reads, share), share)
        case .cutover(let over):
            try check(phase, [.writes, .cutover], "cutover")
            if phase == .cutover, let current { (next.reads, next.writes) = current.shares(at: now) }
            (next.phase, next.over) = (.cutover, over)
        case .back: try next.goBack()
        case .stop:
            guard let current, phase == .cutover else {
                try next.goBack()
                break
            }
            (next.reads, next.writes) = current.shares(at: now)
            next.phase = .writes
        }
        return next
    }

    private mutating func goBack() throws(RolloutRefusal) {
        switch phase {
        case .off: throw RolloutRefusal("the namespace has no rollout, so it cannot go back")
        case .shadow: (phase, reads) = (.off, .none)
        case .canary: phase = .shadow
        case .writes: (phase, writes) = (.canary, .none)
        case .cutover: phase = .writes
        }
    }

    private static func check(_ phase: Phase, _ allowed: [Phase], _ wanted: String) throws(RolloutRefusal) {
        guard !allowed.contains(phase) else { return }
        let isAhead = allowed.allSatisfy { $0 < phase }
        throw RolloutRefusal(
            isAhead
                ? "the rollout is at \(phase.rawValue) already; `back` goes one phase back"
                : "the rollout is \(phase == .off ? "off" : "at \(phase.rawValue)"): \(wanted) follows "
                    + "\(allowed[0].rawValue)")
    }
}
