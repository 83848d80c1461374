/// In-flight batch: a batch that is with an edge.
package struct InFlightBatch {
    package private(set) var lane = -1
    package private(set) var edge = -1
    package private(set) var startedAt = Instant(monotonic: 0, wall: Timestamp(milliseconds: 0))
    /// It shows whether the edge is back: its failure counts for nobody.
    package private(set) var isProbe = false
    package private(set) var entries: [LaneEntry] = []
    /// Beside each entry the item of the batch that purges it.
    package private(set) var items: [Int32] = []
    /// Beside each entry whether another request's selectors do its work.
    package private(set) var isCovered: [Bool] = []

    package init() {}

    /// A new batch in a slot whose memory is used again.
    package mutating func begin(lane: Int, edge: Int, at now: Instant, isProbe: Bool) {
        precondition(entries.isEmpty, "a batch that is over is empty")
        (self.lane, self.edge, startedAt, self.isProbe) = (lane, edge, now, isProbe)
    }

    package mutating func add(_ entry: LaneEntry, item: Int, isCovered covered: Bool) {
        entries.append(entry)
        items.append(Int32(item))
        isCovered.append(covered)
    }

    /// Whether other requests share the entry's item, as coalesced ones or as the one that covers it.
    package func hasCompany(_ number: Int) -> Bool {
        items.indices.contains { $0 != number && items[$0] == items[number] }
    }

    /// Forgets its entries and keeps their memory.
    package mutating func empty() {
        entries.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
        isCovered.removeAll(keepingCapacity: true)
    }
}
