// Draining: the worker finishes what it has begun and takes in nothing more.
extension WorkerCore {
    /// A worker that drains reads nothing and still has its partitions: what is published there waits until it is gone.
    /// So an edge that is slower than most is not waited for.
    private static let drainPatience = Duration.milliseconds(250)

    mutating func drain() {
        guard !isDraining else { return }
        isDraining = true
        dropDelayedRecords()
        remind(.drainOver, after: Self.drainPatience)
    }

    /// Where some edge has not begun yet the next owner reads the record again, in its order: deferred, it would reach
    /// that edge behind later ones, or ahead of earlier ones. What only waits for answers is deferred.
    mutating func stopWaiting() {
        dropDelayedRecords()
        // With nowhere to put it the edges have all the time that the process has.
        guard canDefer else { return }
        for index in records.indices where records.isUsed(index) && records[index].phase == .purging {
            if isBegun(index) { _ = deferRest(index) } else { drop(index) }
        }
    }

    mutating func finishDraining() {
        guard isDraining, !isDrained, openRecords == 0 else { return }
        commit(partitionIndices.indices)
        isDrained = true
        actions.append(.drained)
    }

    /// What was read ahead of its time is nobody's work yet.
    private mutating func dropDelayedRecords() {
        for index in records.indices where records.isUsed(index) && records[index].phase == .delayed { drop(index) }
    }

    private func isBegun(_ index: Int) -> Bool {
        records[index].request.targets.allSatisfy { target in
            switch target.stage {
            case .waiting, .held, .queued: target.attempts > 0
            case .sending, .settled: true
            }
        }
    }
}
