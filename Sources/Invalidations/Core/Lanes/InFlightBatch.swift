/// In-flight batch: a batch that is with an edge.
struct InFlightBatch {
    var lane = -1
    var edge = -1
    var startedAt = Instant(monotonic: 0, wall: Timestamp(milliseconds: 0))
    /// It shows whether the edge is back: its failure counts for nobody.
    var isProbe = false
    var entries: [LaneEntry] = []
    /// Beside each entry the item of the batch that purges it.
    var items: [Int32] = []
    /// Beside each entry whether another request's selectors do its work.
    var isCovered: [Bool] = []

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
