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
    func allowed(_ now: Int64, callItemsMax: Int) -> (items: Int, bytes: Int) {
        guard !isUnlimited else { return (.max, .max) }
        let calls = requests.map { Self.whole($0.available(now)) } ?? .max
        let byCalls = calls.multipliedReportingOverflow(by: callItemsMax)
        let items = min(
            items.map { Self.whole($0.available(now)) } ?? .max, byCalls.overflow ? .max : byCalls.partialValue)
        return (items, bytes.map { Self.whole($0.available(now)) } ?? .max)
    }

    private static func whole(_ units: Double) -> Int { units >= 1e15 ? .max : max(0, Int(units)) }

    mutating func take(_ cost: PurgeCost, now: Int64) {
        guard !isUnlimited else { return }
        requests?.take(Double(cost.requests), now: now)
        items?.take(Double(cost.items), now: now)
        bytes?.take(Double(cost.bytes), now: now)
    }
}

/// What a batch takes of an edge's limits.
struct PurgeCost: Equatable {
    /// Calls, as far as it can be known before they are made.
    var requests: Int
    /// Tags, URLs and prefixes.
    var items: Int
    /// Of selectors.
    var bytes: Int

    init(items: Int, bytes: Int, callItemsMax: Int) {
        requests = max(1, (items + callItemsMax - 1) / callItemsMax)
        self.items = items
        self.bytes = bytes
    }
}
