internal import Invalidations
internal import Kafka

/// Knows for which time workers have finished or deferred everything that was published.
///
/// Once the committed offsets have come to where the topics once ended, that holds of whatever they held then.
struct WorkerReadTracker {
    private struct Goal {
        var ends: [TopicPartition: Int64]
        var askedAt: Timestamp
    }

    /// Of the invalidation topics.
    var partitions: [TopicPartition] = []
    /// Of topics that workers read, too, and whose lag alone is told.
    var others: [TopicPartition] = []
    private var goal: Goal?

    /// - Parameters:
    ///   - askedAt: just before the ends were asked for.
    ///   - committed: asked for after the ends.
    /// - Returns: nil while the goal is not reached; told once for each goal.
    mutating func look(
        ends: [TopicPartition: Int64], askedAt: Timestamp, committed: [TopicPartition: Int64]
    ) -> Timestamp? {
        let goal = self.goal ?? Goal(ends: endsOfPartitions(ends), askedAt: askedAt)
        let isReached = !partitions.isEmpty && goal.ends.allSatisfy { (committed[$0.key] ?? 0) >= $0.value }
        self.goal = isReached ? nil : goal
        return isReached ? goal.askedAt : nil
    }

    private func endsOfPartitions(_ ends: [TopicPartition: Int64]) -> [TopicPartition: Int64] {
        Dictionary(partitions.compactMap { partition in ends[partition].map { (partition, $0) } }) { first, _ in first }
    }
}
