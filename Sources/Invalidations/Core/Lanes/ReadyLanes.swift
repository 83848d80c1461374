/// The lanes of one edge that have something to send, and whose turn it is: first among the priorities by their
/// weights, then among the lanes of one priority by deficit round robin, so that no namespace gets more than its
/// share of an edge that all want (Shreedhar and Varghese, "Efficient Fair Queuing using Deficit Round Robin", 1995).
package struct ReadyLanes {
    private var rings: [RingBuffer<Int32>]
    private var shares: PriorityShares

    package init(weights: [Int]) {
        rings = Array(repeating: RingBuffer(), count: weights.count)
        shares = PriorityShares(weights: weights)
    }

    package private(set) var count = 0

    package mutating func append(_ lane: Int, priority: Int) {
        if rings[priority].isEmpty { shares.join(priority) }
        rings[priority].append(Int32(lane))
        count += 1
    }

    /// The lane goes back to the front: it could not be served after all.
    package mutating func giveBack(_ lane: Int, priority: Int) {
        rings[priority].prepend(Int32(lane))
        count += 1
    }

    package mutating func next() -> Int? {
        let priority = shares.next { [rings] priority in !rings[priority].isEmpty }
        guard let priority, let lane = rings[priority].popFirst() else { return nil }
        count -= 1
        return Int(lane)
    }

    package func hasOthers(priority: Int) -> Bool { !rings[priority].isEmpty }

    package mutating func charge(priority: Int, cost: Int) {
        shares.charge(priority, cost: cost)
    }
}
