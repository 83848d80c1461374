/// One partition: records with ascending offsets, of which the first may have been taken away by retention.
struct LogPartition {
    private(set) var records: [LogRecord] = []
    private(set) var nextOffset: Int64 = 0
    /// The place of the first record that is still there.
    private(set) var firstSlot = 0
    /// It has lost its end before.
    private(set) var wentBack = false

    /// The lowest offset that can be read. It moves by retention alone, and may have no record.
    private(set) var startOffset: Int64 = 0

    /// Whether retention has left everything from that offset on, so that a commit of it is of use.
    func canRead(from offset: Int64) -> Bool { offset >= startOffset }

    mutating func append(_ record: LogRecord) {
        precondition(record.offset >= nextOffset, "offsets ascend")
        records.append(record)
        nextOffset = record.offset + 1
    }

    /// Leaves offsets out, as transactions and compaction do.
    mutating func skip(_ count: Int64) {
        nextOffset += count
    }

    /// The slot of the first record at that offset or above, among those that are still there.
    func slot(of offset: Int64) -> Int { firstMatch { $0.offset >= offset } }

    /// The slot of the first record that the broker stored later than that, in milliseconds since 1970.
    func slot(newerThan time: Int64) -> Int { firstMatch { $0.brokerTime > time } }

    /// - Parameter isMatch: false for records up to some place, true behind it.
    private func firstMatch(_ isMatch: (LogRecord) -> Bool) -> Int {
        var (low, high) = (firstSlot, records.count)
        while low < high {
            let middle = (low + high) / 2
            if isMatch(records[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Records that can be read.
    var count: Int { records.count - firstSlot }

    /// Loses the last records; what is written next takes their offsets.
    ///
    /// - Precondition: there are so many.
    mutating func cutEnd(_ count: Int) -> [LogRecord] {
        wentBack = true
        let lost = Array(records.suffix(count))
        records.removeLast(count)
        if let first = lost.first { nextOffset = first.offset }
        return lost
    }

    /// Begins anew without any record.
    mutating func remake() -> [LogRecord] {
        let lost = Array(records[firstSlot...])
        self = LogPartition()
        wentBack = true
        return lost
    }

    mutating func truncate(below slot: Int) {
        firstSlot = max(firstSlot, min(slot, records.count))
        startOffset = firstSlot < records.count ? records[firstSlot].offset : nextOffset
    }
}
