internal import Invalidations
internal import Kafka

/// Knows for which time everything in a partition has been folded.
///
/// The end of a partition is asked for now and then. Once the view has come to that end, it has all that the
/// partition held when the question was asked. No clock but our own and no order of timestamps is relied on.
struct EndTracker {
    struct End: Hashable {
        /// The offset behind the last record.
        var offset: Int64
        /// Just before the question was asked.
        var askedAt: Timestamp
    }

    /// What is still to be reached: an older end stays until it is, or a stream without a pause would never be caught
    /// up with.
    private var goals: [TopicPartition: End] = [:]
    private var latest: [TopicPartition: Int64] = [:]

    mutating func record(_ end: End, of partition: TopicPartition) {
        latest[partition] = end.offset
        if goals[partition] == nil { goals[partition] = end }
    }

    /// The time whose records are all folded once the view stands at `offset`, told once for each end.
    mutating func caughtUp(_ partition: TopicPartition, at offset: Int64) -> Timestamp? {
        guard let goal = goals[partition], offset >= goal.offset else { return nil }
        goals[partition] = nil
        return goal.askedAt
    }

    /// How many records are missing up to the end, when it was last asked for.
    func lag(of partition: TopicPartition, at offset: Int64) -> Int64 {
        latest[partition].map { max(0, $0 - offset) } ?? 0
    }
}
