/// Shares of topics in the reading, in proportion to their weights: a heavier one
/// is read more often, and the lightest still gets its part. A topic that had nothing to read saves nothing up.
///
/// Each topic has a clock that advances by what was read of it, more slowly the heavier it is; the one that is
/// furthest behind is read next. (Start-time fair queueing.)
package struct ReadingShares {
    private let weights: [Double]
    private var clocks: [Double]
    /// Where the topic stood that was read last.
    private var now = 0.0

    /// - Parameter weights: one for each topic, above zero.
    package init(weights: [Double]) {
        precondition(weights.allSatisfy { $0 > 0 }, "a topic without weight would never be read")
        self.weights = weights
        clocks = Array(repeating: 0, count: weights.count)
    }

    /// The topic to be read next; nil when none has records waiting.
    package mutating func next(where isWaiting: (_ topic: Int) -> Bool) -> Int? {
        var chosen: Int?
        for topic in clocks.indices where isWaiting(topic) {
            clocks[topic] = max(clocks[topic], now)
            if chosen.map({ clocks[topic] < clocks[$0] }) ?? true { chosen = topic }
        }
        if let chosen { now = clocks[chosen] }
        return chosen
    }

    /// So many records of that topic were read.
    package mutating func charge(_ topic: Int, records: Int) {
        clocks[topic] += Double(records) / weights[topic]
    }
}
