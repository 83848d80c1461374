// Capacity of retry partitions: delayed records that use it up are deferred again.
extension WorkerCore {
    /// The search for an edge's backlog is over once it meets what was deferred after the edge came back.
    mutating func endScanIfBehind(_ index: Int, _ retry: RetryMetadata) {
        let partition = records[index].partition
        if let until = partitions[partition].scanUntil, retry.deferredAt > until {
            partitions[partition].scanUntil = nil
        }
    }

    /// Delayed records that are in the way are deferred again: while a backlog is searched for, all of them; otherwise
    /// those whose time has come and that cannot run.
    mutating func freeRetryCapacity(of partition: Int) {
        // A span that is used up stops the reading, too, whoever stands at its beginning.
        let isTooFar = partitions[partition].offsets.span >= bounds.retrySpanMax
        let isFull =
            partitions[partition].delayed >= delayedPerPartition || records.delayedBytes >= bounds.delayedBytesMax
        guard canDefer, isTooFar || isFull else { return }
        let isScan = partitions[partition].scanUntil != nil
        var left = max(1, delayedPerPartition / 2)
        for index in delayedInOrder(of: partition) where left > 0 {
            // Its time may have come just now.
            if isDue(index) { startParts(index) }
            guard records[index].phase == .delayed else { continue }
            let isQueuedForCapacity = records[index].request.targets.contains {
                $0.isQueuedForCapacity && $0.stage == .waiting
            }
            let waitsForLayer = records[index].request.targets.contains { $0.waitsForLayer && $0.stage == .waiting }
            guard
                isTooFar || isOverdue(index, isQueuedForCapacity: isQueuedForCapacity)
                    || (isScan && !isQueuedForCapacity && !waitsForLayer)
            else {
                continue
            }
            left -= 1
            for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting
            {
                // What is due and stands in no line waits for others of its request or namespace.
                let isForPlace = records[index].request[target].isQueuedForCapacity
                settle(index, target, as: .deferred(!isDue(index) ? .scan : isForPlace ? .overflow : .order))
                workOffConsequences()
            }
        }
    }

    /// Its time has come and it cannot run: because others are before it that may not even be read yet, or, for long,
    /// because there is no room.
    private func isOverdue(_ index: Int, isQueuedForCapacity: Bool) -> Bool {
        guard let retry = records[index].retry else { return false }
        return retry.notBefore + (isQueuedForCapacity ? settings.blockedTimeMax.milliseconds : 0) <= now.wall
    }

    private func delayedInOrder(of partition: Int) -> [Int] {
        partitions[partition].offsets.unfinished().filter { records[$0].phase == .delayed }
    }
}
