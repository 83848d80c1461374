internal import Basics

// Commits: when they are due, and what they say.
extension WorkerCore {
    /// Commits cost the broker something: not more often than this, however much is finished.
    private static let commitIntervalMin = Duration.milliseconds(100).nanoseconds

    mutating func commitIfDue() {
        guard finishedSinceCommit > 0 else { return }
        if finishedSinceCommit >= settings.commitEvery,
            now.monotonic - lastCommitAt >= Self.commitIntervalMin
        {
            commit(partitionIndices.indices)
        } else if !isCommitTimerSet {
            isCommitTimerSet = true
            remind(.commit, after: settings.commitInterval)
        }
    }

    /// A commit that was refused is repeated with the next one; until then a restart would only read more again.
    mutating func commitAgain(_ sources: [SourcePartition]) {
        for source in sources {
            guard let partition = partitionIndices[source] else { continue }
            partitions[partition].repeatCommit()
        }
        isCommitTimerSet = true
        remind(.commit, after: settings.commitInterval)
    }

    mutating func commit(_ indices: [Int]) {
        finishedSinceCommit = 0
        lastCommitAt = now.monotonic
        var points: [SourcePartition: CommitPoint] = [:]
        for index in indices where partitions[index].hasNews {
            let point = partitions[index].nextCommit()
            if partitions[index].isTooWide { watchGuards() }
            if let point { points[partitions[index].source] = point }
        }
        if !points.isEmpty { actions.append(.commit(points)) }
    }
}
