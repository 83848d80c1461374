internal import Kafka
internal import Replays

// What a reader of ranges has come to.
extension RunReading {
    /// At most that many records are read in one step, about 10 ms: longer ones are noticed by live traffic.
    static let portion = 250

    init(_ progress: LogRangeProgress) {
        self.init(isComplete: progress.isComplete, isBusy: progress.records > 0, obstacle: progress.obstacle)
    }
}

extension LogRangeProgress {
    /// How many offsets were removed before they were read.
    var lostOffsets: Int64 { lost.reduce(0) { $0 + $1.end - $1.start } }

    /// Why reading stands still.
    var obstacle: String? {
        stalled.first.map {
            "waits for the end of a transaction that is open at offset \($0.offset) of \($0.partition)"
        }
    }
}
