/// Ring of the latest events of the log, bounded in bytes.
///
/// Entries stand in the order in which the tail has read them, and are counted up. Of each partition the ring knows
/// from which offset on it has everything.
package struct EventRing {
    package struct Entry {
        /// Of the layout.
        package let partition: Int
        package let offset: Int64
        package let event: StreamEvent

        package init(partition: Int, offset: Int64, event: StreamEvent) {
            (self.partition, self.offset, self.event) = (partition, offset, event)
        }
    }

    private let bytesMax: Int
    package private(set) var bytes = 0
    /// By partition, the first offset from which on no event is missing.
    package private(set) var floors: [Int64]
    private var entries: [Entry] = []
    /// How many of `entries` are gone, from the front.
    private var gone = 0
    /// The number of the entry that stands first in `entries`.
    private var base = 0

    package init(bytesMax: Int, floors: [Int64]) {
        self.bytesMax = bytesMax
        self.floors = floors
    }

    /// The number of the oldest entry.
    package var first: Int { base + gone }
    /// The number that the next entry gets.
    package var end: Int { base + entries.count }

    /// - Returns: nil for one that is no longer there, or not yet.
    package subscript(number: Int) -> Entry? {
        number >= first && number < end ? entries[number - base] : nil
    }

    /// Whether the ring has all events from these positions on.
    package func covers(_ positions: [Int64]) -> Bool {
        positions.count == floors.count && zip(positions, floors).allSatisfy { $0 >= $1 }
    }

    package mutating func append(_ entry: Entry) {
        entries.append(entry)
        bytes += entry.event.cost
        while bytes > bytesMax, gone < entries.count { removeFirst() }
        guard gone > 1_024, gone > entries.count / 2 else { return }
        entries.removeFirst(gone)
        base += gone
        gone = 0
    }

    private mutating func removeFirst() {
        let entry = entries[gone]
        floors[entry.partition] = max(floors[entry.partition], entry.offset + 1)
        bytes -= entry.event.cost
        entries[gone] = Entry(partition: entry.partition, offset: entry.offset, event: .none)
        gone += 1
    }
}
