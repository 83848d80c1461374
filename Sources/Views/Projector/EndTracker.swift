internal import Invalidations

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

    private var ends: [Int32: End] = [:]

    /// Whether a new question makes sense: the answer to the last one is reached or there was none.
    func needsEnd(of partition: Int32) -> Bool { ends[partition] == nil }

    mutating func note(_ end: End, of partition: Int32) {
        ends[partition] = end
    }

    /// The time whose records are all folded once the view stands at `offset`, told once for each end.
    mutating func caughtUp(_ partition: Int32, at offset: Int64) -> Timestamp? {
        guard let end = ends[partition], offset >= end.offset else { return nil }
        ends[partition] = nil
        return end.askedAt
    }

    /// How many records are missing up to the end.
    func lag(of partition: Int32, at offset: Int64) -> Int64 {
        ends[partition].map { max(0, $0.offset - offset) } ?? 0
    }
}
