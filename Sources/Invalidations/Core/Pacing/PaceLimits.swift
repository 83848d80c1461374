/// The limits of an edge, or of an account, together: requests, items and bytes.
struct PaceLimits {
    private var requests: RateLimit?
    private var items: RateLimit?
    private var bytes: RateLimit?

    /// Whether nothing is limited, which is most often so.
    let isUnlimited: Bool

    init(_ limits: EdgeLimits) {
        requests = limits.requests.map { RateLimit($0) }
        items = limits.items.map { RateLimit($0) }
        bytes = limits.bytes.map { RateLimit($0) }
        isUnlimited = limits == EdgeLimits()
    }

    mutating func setShare(_ share: Double) {
        requests?.setShare(share)
        items?.setShare(share)
        bytes?.setShare(share)
    }

    /// When all three let so much pass.
    func earliest(_ cost: PurgeCost, now: Int64) -> Int64 {
        guard !isUnlimited else { return now }
        return max(
            requests?.earliest(Double(cost.requests), now: now) ?? now,
            items?.earliest(Double(cost.items), now: now) ?? now,
            bytes?.earliest(Double(cost.bytes), now: now) ?? now)
    }

    /// How large a batch may pass at once.
    func allowed(_ now: Int64) -> PurgeAllowance {
        guard !isUnlimited else { return PurgeAllowance() }
        return PurgeAllowance(
            calls: requests.map { Self.whole($0.available(now)) } ?? .max,
            items: items.map { Self.whole($0.available(now)) } ?? .max,
            bytes: bytes.map { Self.whole($0.available(now)) } ?? .max)
    }

    private static func whole(_ units: Double) -> Int { units >= 1e15 ? .max : max(0, Int(units)) }

    mutating func charge(_ cost: PurgeCost, now: Int64) {
        guard !isUnlimited else { return }
        requests?.charge(Double(cost.requests), now: now)
        items?.charge(Double(cost.items), now: now)
        bytes?.charge(Double(cost.bytes), now: now)
    }
}

/// What limits let pass at once.
package struct PurgeAllowance {
    var calls: Int
    var items: Int
    var bytes: Int

    package init(calls: Int = .max, items: Int = .max, bytes: Int = .max) {
        (self.calls, self.items, self.bytes) = (calls, items, bytes)
    }

    mutating func formMinimum(_ other: PurgeAllowance) {
        (calls, items, bytes) = (min(calls, other.calls), min(items, other.items), min(bytes, other.bytes))
    }
}

/// What a batch takes of an edge's limits.
struct PurgeCost: Equatable {
    /// Calls: by the adapter's plan where limits need to know, otherwise estimated.
    var requests: Int
    /// Tags, URLs and prefixes.
    var items: Int
    /// Of selectors.
    var bytes: Int

    /// - Parameters:
    ///   - items: tags, URLs and prefixes.
    ///   - singles: those among them that are a call of their own each.
    ///   - callItemsMax: that one call carries of the others.
    init(items: Int, singles: Int, bytes: Int, callItemsMax: Int) {
        requests = max(1, singles + Self.calls(items - singles, callItemsMax: callItemsMax))
        self.items = items
        self.bytes = bytes
    }

    static func calls(_ items: Int, callItemsMax: Int) -> Int { (items + callItemsMax - 1) / callItemsMax }
}
