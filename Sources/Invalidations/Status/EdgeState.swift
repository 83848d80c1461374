/// How far one edge is with one request. The cases stand in their order: of two reports about the same
/// generation of an edge, the later case wins, whichever report comes first.
public enum EdgeState: String, Hashable, Sendable, CaseIterable {
    /// Waits for its turn.
    case queued
    /// A purge is under way.
    case sending
    /// An attempt failed and another one follows.
    case deferred
    /// Called off before it was done.
    case cancelled
    /// Its time passed before it was done.
    case expired
    /// Given up; the request is in the dead-letter topic.
    case dead
    /// Needless: a later or wider purge of the same edge has covered it.
    case absorbed
    /// The provider has taken the purge and does not say when it is done.
    case accepted
    /// The edge acknowledged the purge.
    case purged
    /// The purge was seen to have worked.
    case verified
    /// Not asked: it cannot purge such selectors, and its configuration says that it need not.
    case skipped

    /// The place in the order; also how views store the state, so the numbers never change.
    public var rank: UInt8 {
        switch self {
        case .queued: 0
        case .sending: 1
        case .deferred: 2
        case .cancelled: 3
        case .expired: 4
        case .dead: 5
        case .absorbed: 6
        case .accepted: 7
        case .purged: 8
        case .verified: 9
        case .skipped: 10
        }
    }

    public init?(rank: UInt8) {
        guard rank < Self.inOrder.count else { return nil }
        self = Self.inOrder[Int(rank)]
    }

    /// Nothing more will happen to this generation.
    public var isTerminal: Bool { rank >= EdgeState.cancelled.rank }

    /// The edge has done what was asked, or need not any more.
    public var isSuccess: Bool { rank >= EdgeState.absorbed.rank }

    static let inOrder = allCases
}

extension EdgeState: Comparable {
    public static func < (a: EdgeState, b: EdgeState) -> Bool { a.rank < b.rank }
}
