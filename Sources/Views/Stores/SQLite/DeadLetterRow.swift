internal import Invalidations
internal import Replays
internal import Storage

/// Row of a dead letter: its columns, and what they hold.
enum DeadLetterRow {
    /// The columns that `record(from:)` reads, in its order.
    static let columns =
        """
        partition, offset, time, class, error, request, namespace, origin, edges, attempts, generation, redrives, run,
            status, open_edges, is_open
        """

    static func record(from row: Row) -> DeadLetterRecord {
        // A topic that stores no times has 0 for them.
        let time = row.integer(2)
        let entry = DeadLetterEntry(
            partition: Int32(truncatingIfNeeded: row.integer(0)), offset: row.integer(1),
            time: time == 0 ? nil : time, deadClass: row.text(3), error: row.text(4), requestID: row.id(5),
            namespace: row.optionalText(6).flatMap { Namespace($0) }, origin: row.text(7),
            edges: DeadLetterCoding.names(row.text(8)),
            attempts: Int(row.integer(9)), run: row.optionalText(12),
            generation: UInt32(clamping: row.integer(10)), redrives: Int(row.integer(11)), statusID: row.id(13))
        return DeadLetterRecord(
            entry: entry, isOpen: row.integer(15) != 0, openEdges: DeadLetterCoding.names(row.text(14)))
    }
}
