/// How many purges an edge gets at the same time: one more for each round that went well, half as many after trouble
/// (additive increase, multiplicative decrease), and from one on, doubling, after an outage.
package struct ConcurrencyLimit {
    private let most: Double
    private var limit: Double
    /// Below it the limit doubles with every round.
    private var threshold = 0.0
    /// Purges that began before it say nothing about the limit since.
    private var cutAt: Int64 = .min

    package init(most: Int) {
        self.most = Double(most)
        limit = Double(most)
    }

    package var current: Int { Int(limit) }

    package mutating func succeeded() {
        guard limit < most else { return }
        limit = min(most, limit < threshold ? limit + 1 : limit + 1 / limit)
    }

    package mutating func struggled(startedAt: Int64, now: Int64) {
        guard startedAt >= cutAt else { return }
        limit = max(1, (limit / 2).rounded(.down))
        threshold = 0
        cutAt = now
    }

    /// The edge is back: it is asked one purge at a time first, then two, then four.
    package mutating func ramp() {
        limit = 1
        threshold = most
    }
}
