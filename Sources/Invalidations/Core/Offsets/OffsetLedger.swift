/// Which records of one partition are finished, and so from where a restart must read again.
///
/// Records finish in any order; the watermark moves only over an unbroken run of finished ones.
struct OffsetLedger {
    /// Everything below is finished: the offset to commit, and the next to read after a restart.
    private(set) var watermark: Int64
    /// Fences what was begun under an earlier assignment of the same partition.
    let epoch: UInt64

    private var isFinished = RingBuffer<(offset: Int64, done: Bool)>()
    private var firstTicket: Int64 = 0

    init(from offset: Int64, epoch: UInt64) {
        watermark = offset
        self.epoch = epoch
    }

    /// Records begun and not yet below the watermark.
    var width: Int { isFinished.count }

    /// - Returns: the ticket to finish with, or nil for an offset that was begun before.
    mutating func begin(_ offset: Int64) -> Int64? {
        let next = isFinished.isEmpty ? watermark : isFinished[isFinished.count - 1].offset + 1
        // Offsets may leave gaps (compaction, transaction markers), but never go back.
        guard offset >= next else { return nil }
        isFinished.append((offset, false))
        return firstTicket + Int64(isFinished.count) - 1
    }

    mutating func finish(_ ticket: Int64) {
        let place = Int(ticket - firstTicket)
        precondition(!isFinished[place].done, "offset \(isFinished[place].offset) finished twice")
        isFinished[place].done = true
        let before = watermark
        while let first = isFinished.first, first.done {
            _ = isFinished.popFirst()
            firstTicket += 1
            watermark = first.offset + 1
        }
        precondition(watermark >= before, "the watermark went back from \(before) to \(watermark)")
    }
}
