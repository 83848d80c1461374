// How a worker leaves: what it has begun comes to an end, and nothing else does.
extension WorkerCore {
    /// A worker that drains takes nothing in and still has its partitions: whoever publishes there waits until it is
    /// gone. So an edge that takes longer than most is not waited for.
    private static let drainPatience = Duration.milliseconds(250)

    mutating func drain() {
        guard !isDraining else { return }
        isDraining = true
        dropParked()
        remind(.drainOver, after: Self.drainPatience)
    }

    /// Where some edge has not begun yet the next owner reads the record again, in its order: put off, it would reach
    /// that edge behind later ones, or ahead of earlier ones. What only waits for answers is put off.
    mutating func stopWaiting() {
        dropParked()
        // With nowhere to put it the edges have all the time that the process has.
        guard canPutOff else { return }
        for place in records.places where records.isUsed(place) && records[place].phase == .purging {
            if isBegun(place) { _ = putOffRest(place) } else { drop(place) }
        }
    }

    mutating func finishDraining() {
        guard isDraining, !isDrained, openRecords == 0 else { return }
        commit(partitionPlaces.places)
        isDrained = true
        actions.append(.drained)
    }

    /// What was read ahead of its time is nobody's work yet.
    private mutating func dropParked() {
        for place in records.places where records.isUsed(place) && records[place].phase == .parked { drop(place) }
    }

    private func isBegun(_ place: Int) -> Bool {
        records[place].targets.allSatisfy { target in
            switch target.stage {
            case .waiting, .held, .queued: target.attempts > 0
            case .sending, .settled: true
            }
        }
    }
}
