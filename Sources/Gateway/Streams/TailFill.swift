package import Invalidations

/// Events that are read at a start, before a ring gets them by their time.
///
/// Partitions are read one faster than the other. Put in as they come, those read first would be pushed out by the
/// others, and no position would be covered in all of them.
package struct TailFill {
    private struct Entry {
        let time: Int64
        let entry: EventRing.Entry
    }

    private let bytesMax: Int
    private var entries: [[Entry]]
    private var bytes: [Int]
    package private(set) var floors: [Int64]
    /// Since when every partition was read, as far as times of records tell.
    package private(set) var readsAllSince = Timestamp(milliseconds: 0)
    private var hasBegun: [Bool]

    /// - Parameter bytesMax: of all partitions together.
    package init(bytesMax: Int, floors: [Int64]) {
        self.bytesMax = bytesMax / max(1, floors.count)
        self.floors = floors
        entries = Array(repeating: [], count: floors.count)
        bytes = Array(repeating: 0, count: floors.count)
        hasBegun = Array(repeating: false, count: floors.count)
    }

    /// - Parameter isCut: whether the partition holds older records than the first that is read.
    package mutating func begin(_ partition: Int, at time: Timestamp, isCut: Bool) {
        guard !hasBegun[partition] else { return }
        hasBegun[partition] = true
        if isCut { readsAllSince = max(readsAllSince, time) }
    }

    package mutating func add(_ entry: EventRing.Entry, time: Int64) {
        let partition = entry.partition
        // A partition keeps its order, whatever its times say.
        let time = max(time, entries[partition].last?.time ?? .min)
        entries[partition].append(Entry(time: time, entry: entry))
        bytes[partition] += entry.event.cost
        guard bytes[partition] > bytesMax else { return }
        var excess = bytes[partition] - bytesMax
        var count = 0
        while excess > 0, count < entries[partition].count {
            excess -= entries[partition][count].entry.event.cost
            count += 1
        }
        guard let last = entries[partition].prefix(count).last else { return }
        floors[partition] = max(floors[partition], last.entry.offset + 1)
        bytes[partition] -= entries[partition].prefix(count).reduce(0) { $0 + $1.entry.event.cost }
        entries[partition].removeFirst(count)
    }

    /// The ring with all of it, the oldest first.
    package func ring(bytesMax: Int) -> EventRing {
        var ring = EventRing(bytesMax: bytesMax, floors: floors)
        let all = entries.joined().enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        for one in all { ring.append(one.element.entry) }
        return ring
    }
}
