/// In-flight batch: a batch that is with an edge.
struct InFlightBatch {
    private(set) var lane = -1
    private(set) var edge = -1
    private(set) var startedAt = Instant(monotonic: 0, wall: Timestamp(milliseconds: 0))
    /// It shows whether the edge is back: its failure counts for nobody.
    private(set) var isProbe = false
    private(set) var entries: [LaneEntry] = []
    /// Beside each entry the item of the batch that purges it.
    private(set) var items: [Int32] = []
    /// Beside each entry whether another request's selectors do its work.
    private(set) var isCovered: [Bool] = []

    /// A new batch in a slot whose memory is used again.
    mutating func begin(lane: Int, edge: Int, at now: Instant, isProbe: Bool) {
        precondition(entries.isEmpty, "a batch that is over is empty")
        (self.lane, self.edge, startedAt, self.isProbe) = (lane, edge, now, isProbe)
    }

    mutating func add(_ entry: LaneEntry, item: Int, isCovered covered: Bool) {
        entries.append(entry)
        items.append(Int32(item))
        isCovered.append(covered)
    }

    /// Whether other requests share the entry's item, as coalesced ones or as the one that covers it.
    func hasCompany(_ number: Int) -> Bool {
        items.indices.contains { $0 != number && items[$0] == items[number] }
    }

    /// Forgets its entries and keeps their memory.
    mutating func empty() {
        entries.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
        isCovered.removeAll(keepingCapacity: true)
    }
}
