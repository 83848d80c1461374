internal import Invalidations
internal import Replays
internal import Storage

/// Reads the rows of dead letters on one connection.
final class DeadLetterTable {
    private let select: Statement
    private let selectByOpenness: Statement
    private let selectOfRun: Statement
    private let selectOfRequest: Statement
    private let countOfRun: Statement

    init(_ connection: Connection) throws {
        select = try connection.prepare(
            "SELECT \(DeadLetterRow.columns) FROM dead_letters WHERE partition = ? AND offset = ?")
        selectByOpenness = try connection.prepare(Self.newest(from: "is_open = ?5"))
        selectOfRun = try connection.prepare(Self.newest(from: "run = ?5"))
        // A request has few, so they are sorted.
        selectOfRequest = try connection.prepare(
            Self.newest(from: "(request = ?5 OR coalesce(status, request) = ?5)"))
        countOfRun = try connection.prepare("SELECT count(*) FROM dead_letters WHERE run = ?")
    }

    func record(partition: Int32, offset: Int64) throws -> DeadLetterRecord? {
        select.bind(1, Int64(partition))
        select.bind(2, offset)
        return try select.firstRow { DeadLetterCoding.record(from: $0) }
    }

    func count(ofRun id: String) throws -> Int64 {
        countOfRun.bind(1, id)
        return try countOfRun.firstRow { $0.integer(0) } ?? 0
    }

    func read(_ range: DeadLetterRange, _ bounds: DeadLetterBounds, while body: (DeadLetterRecord) -> Bool) throws {
        let statement: Statement
        switch range {
        case .openness(let isOpen):
            statement = selectByOpenness
            statement.bind(5, isOpen ? 1 : 0)
        case .run(let run):
            statement = selectOfRun
            statement.bind(5, run)
        case .request(let id):
            statement = selectOfRequest
            statement.bind(5, id)
        }
        statement.bind(1, bounds.since)
        statement.bind(2, bounds.before.0)
        statement.bind(3, bounds.before.1)
        statement.bind(4, bounds.before.2)
        try statement.readRows { body(DeadLetterCoding.record(from: $0)) }
    }

    private static func newest(from range: String) -> String {
        """
        SELECT \(DeadLetterRow.columns) FROM dead_letters
        WHERE \(range) AND time >= ?1 AND (time, partition, offset) < (?2, ?3, ?4)
        ORDER BY time DESC, partition DESC, offset DESC
        """
    }
}
