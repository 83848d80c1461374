internal import Invalidations
internal import Replays
internal import Storage

/// Rows of dead letters in PostgreSQL: their columns, and what they hold.
enum PostgresDeadLetters {
    struct Name: Hashable {
        let partition: Int32
        let offset: Int64
    }

    /// The columns that `DeadLetterCoding.record(from:)` reads, in its order.
    static let columns =
        """
        partition_id, record_offset, time, class, error, request, dead_letters.namespace, origin, edges, attempts,
            generation, redrives, run, status, open_edges, is_open
        """

    /// Time, partition and offset.
    static func position(of row: PostgresRow) -> (Int64, Int64, Int64) {
        (row.integer(2), row.integer(0), row.integer(1))
    }

    static func newest(of range: DeadLetterRange) -> String {
        let condition =
            switch range {
            case .openness: "is_open = ($6 <> 0)"
            case .run: "run = $6"
            // A request has few, so they are sorted.
            case .request: "(request = $6 OR coalesce(status, request) = $6)"
            }
        return """
            SELECT \(columns) FROM dead_letters
            WHERE \(condition) AND time >= $1 AND (time, partition_id, record_offset) < ($2, $3, $4)
            ORDER BY time DESC, partition_id DESC, record_offset DESC LIMIT $5
            """
    }

    static func parameters(_ range: DeadLetterRange, _ bounds: DeadLetterBounds, max: Int64) -> [PostgresParameter] {
        let last: PostgresParameter =
            switch range {
            case .openness(let isOpen): .integer(isOpen ? 1 : 0)
            case .run(let run): .text(run)
            case .request(let id): .wide(high: id.high, low: id.low)
            }
        return [
            .integer(bounds.since), .integer(bounds.before.0), .integer(bounds.before.1), .integer(bounds.before.2),
            .integer(max), last,
        ]
    }
}
