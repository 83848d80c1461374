// How the retry topics are read on past what cannot run.
extension WorkerCore {
    /// The search for an edge's backlog is over once it meets what was put off after the edge came back.
    mutating func endScanIfBehind(_ place: Int, _ note: RetryNote) {
        let partition = records[place].partition
        if let until = partitions[partition].scanUntil, note.deferredAt > until {
            partitions[partition].scanUntil = nil
        }
    }

    /// Parked records that are in the way are put off again: while a backlog is searched for, all of them; otherwise
    /// those whose time has come and that cannot run.
    mutating func clearTheWay(of partition: Int) {
        // A span that is used up stops the reading, too, whoever stands at its beginning.
        let isTooFar = partitions[partition].ledger.span >= bounds.retrySpanMax
        let isFull = partitions[partition].parked >= delayedPerPartition || parkedBytes >= bounds.delayedBytesMax
        guard canPutOff, isTooFar || isFull else { return }
        let isScan = partitions[partition].scanUntil != nil
        var left = max(1, delayedPerPartition / 2)
        for place in parkedInOrder(of: partition) where left > 0 {
            // Its time may have come just now.
            if isDue(place) { startParts(place) }
            guard records[place].phase == .parked else { continue }
            let isInLine = records[place].targets.contains { $0.isInLine && $0.stage == .waiting }
            let goesSoon = records[place].targets.contains { $0.goesSoon && $0.stage == .waiting }
            guard isTooFar || isOverdue(place, isInLine: isInLine) || (isScan && !isInLine && !goesSoon) else {
                continue
            }
            left -= 1
            for target in records[place].targets.indices where records[place].targets[target].stage == .waiting {
                // What is due and stands in no line waits for others of its request or namespace.
                let isForPlace = records[place].targets[target].isInLine
                settle(place, target, .deferred, reason: !isDue(place) ? .scan : isForPlace ? .overflow : .order)
            }
        }
    }

    /// Its time has come and it cannot run: because others are before it that may not even be read yet, or, for long,
    /// because there is no room.
    private func isOverdue(_ place: Int, isInLine: Bool) -> Bool {
        guard let note = records[place].note else { return false }
        return note.notBefore + (isInLine ? settings.blockedTimeMax.milliseconds : 0) <= now.wall
    }

    private func parkedInOrder(of partition: Int) -> [Int] {
        partitions[partition].ledger.unfinished().filter { records[$0].phase == .parked }
    }
}
