/// Pace of a run: how many records it may publish now.
///
/// A run publishes no more than its rate, and keeps no more than its window ahead of the workers: so it stands behind
/// live traffic, and a pause or a cancellation takes effect at once, with nothing to be called back.
public struct RunPace {
    /// Records after which the first outcomes are waited for.
    static let firstLook = 20

    /// By partition of the replay topic, the offsets of records that workers have not finished, in order.
    private var outstanding: [Int32: RingBuffer<Int64>] = [:]
    /// Records that are handed over and not acknowledged by Kafka.
    private var unacknowledged = 0
    private var limit: RateLimit
    private let window: Int
    private var published = 0
    private var isLookedAt: Bool

    /// - Parameters:
    ///   - rate: records a second; nil for as many as the window holds.
    ///   - window: records ahead of the workers; at least one.
    ///   - looksFirst: whether the run waits for the outcomes of its first records. A resumed run has looked.
    public init(rate: Double?, window: Int, looksFirst: Bool) {
        self.window = max(1, window)
        limit = Self.limit(rate, window: self.window)
        isLookedAt = !looksFirst
    }

    /// Records ahead of the workers.
    public var aheadCount: Int { unacknowledged + outstanding.values.reduce(0) { $0 + $1.count } }

    /// Whether all of the first records are worked off, and nobody has said how they ended.
    public var isWaitingForFirstLook: Bool { !isLookedAt && published >= Self.firstLook && aheadCount == 0 }

    /// The first outcomes are good enough to go on.
    public mutating func passFirstLook() { isLookedAt = true }

    /// - Parameter rate: records a second, above zero; nil for as many as the window holds.
    public mutating func setRate(_ rate: Double?) { limit = Self.limit(rate, window: window) }

    /// Workers tell of what they have finished about once a second. A window that was filled again at once would be a
    /// burst that live traffic waits behind.
    private static func limit(_ rate: Double?, window: Int) -> RateLimit {
        let rate = rate ?? Double(window)
        return RateLimit(Rate(perSecond: rate, burst: max(1, rate / 50)))
    }

    /// How many records may be published now.
    ///
    /// - Parameter now: nanoseconds on the monotonic clock.
    public func allowance(now: Int64) -> Int {
        var most = min(window - aheadCount, Int(max(0, min(limit.available(now), Double(window)))))
        // The first ones are looked at before more follow.
        if !isLookedAt { most = min(most, Self.firstLook - published) }
        return max(0, most)
    }

    /// A record is handed over.
    public mutating func publish(now: Int64) {
        unacknowledged += 1
        published += 1
        limit.charge(1, now: now)
    }

    /// Kafka has stored a record there.
    public mutating func store(partition: Int32, offset: Int64) {
        precondition(unacknowledged > 0, "an acknowledgement of a record that was not handed over")
        unacknowledged -= 1
        outstanding[partition, default: RingBuffer()].append(offset)
    }

    /// Workers have finished all below that offset.
    public mutating func commit(partition: Int32, offset: Int64) {
        while let first = outstanding[partition]?.first, first < offset { _ = outstanding[partition]?.popFirst() }
    }
}
