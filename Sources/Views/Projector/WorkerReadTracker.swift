internal import Invalidations
internal import Kafka

/// How far workers have come: what was published until `time` is finished or deferred.
///
/// What they told of it stands on the progress topic since `toldBy`.
struct ReadUp: Hashable, Sendable {
    var time: Timestamp
    var toldBy: Timestamp
}

/// Knows for which time workers have taken up everything that was published.
///
/// A worker commits a record's offset after Kafka has stored its last report on it. So once the committed offsets have
/// come to where the topics once ended, whatever they held then has its progress.
struct WorkerReadTracker {
    private struct Goal {
        var ends: [TopicPartition: Int64]
        var askedAt: Timestamp
    }

    /// Of the invalidation topics.
    var partitions: [TopicPartition] = []
    /// Of topics that workers read, too, and that nothing waits for.
    var others: [TopicPartition] = []
    private var goal: Goal?

    /// - Parameters:
    ///   - askedAt: just before the ends were asked for.
    ///   - committed: asked for after the ends.
    ///   - now: after the answer.
    /// - Returns: nil while the goal is not reached; told once for each goal.
    mutating func look(
        ends: [TopicPartition: Int64], askedAt: Timestamp, committed: [TopicPartition: Int64], now: Timestamp
    ) -> ReadUp? {
        let goal = self.goal ?? Goal(ends: endsOfPartitions(ends), askedAt: askedAt)
        let isReached = !partitions.isEmpty && goal.ends.allSatisfy { (committed[$0.key] ?? 0) >= $0.value }
        self.goal = isReached ? nil : goal
        return isReached ? ReadUp(time: goal.askedAt, toldBy: now) : nil
    }

    private func endsOfPartitions(_ ends: [TopicPartition: Int64]) -> [TopicPartition: Int64] {
        Dictionary(partitions.compactMap { partition in ends[partition].map { (partition, $0) } }) { first, _ in first }
    }
}
