/// A value on its way into a shard: loaded from the origin, or brought by a client with a lease.
struct Fill {
    enum Kind {
        case load
        case lease
    }

    let token: UInt64
    let address: CacheAddress
    let kind: Kind
    /// The shard's tick at its start: what was invalidated since is not stored.
    let startTick: UInt64
    let startedAt: CacheTime
    let deadline: CacheTime
    /// What there was before, which the origin may say is unchanged.
    let previous: CacheEntry?
    /// The key itself was set, deleted or invalidated since.
    var isVoid = false
    var waiters: [Waiter] = []

    /// A reader that waits for the fill's end.
    struct Waiter {
        let id: WaiterID
        /// It came behind an invalidation by some tag, which the loaded value may carry.
        let isLate: Bool
    }
}

/// Number that a caller gives to a reader who waits.
public struct WaiterID: Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }
}

/// Number of a fill. Nobody can guess it, and no other shard or process gives the same.
public struct FillToken: Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }
}
