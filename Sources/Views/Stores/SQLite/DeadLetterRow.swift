internal import Invalidations
internal import Replays
internal import Storage

/// Row of a dead letter: its columns, and what they hold.
enum DeadLetterRow {
    /// The columns that `DeadLetterCoding.record(from:)` reads, in its order.
    static let columns =
        """
        partition, offset, time, class, error, request, namespace, origin, edges, attempts, generation, redrives, run,
            status, open_edges, is_open
        """
}
