internal import Invalidations
internal import Replays
internal import Storage

/// Lists of dead letters: the ranges of indexes that answer a query, newest first.
final class DeadLetterLists {
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
        return try select.firstRow { DeadLetterRow.record(from: $0) }
    }

    func count(ofRun id: String) throws -> Int64 {
        countOfRun.bind(1, id)
        return try countOfRun.firstRow { $0.integer(0) } ?? 0
    }

    /// The newest that match, in their order.
    func newest(_ query: DeadLetterQuery, max: Int) throws -> [DeadLetterRecord] {
        var records: [DeadLetterRecord] = []
        for range in ranges(of: query) {
            // Each range gives as many as are asked for, whatever the others give.
            var count = 0
            try forEachMatch(of: query, in: range) { record in
                records.append(record)
                count += 1
                return count < max
            }
        }
        return Array(records.sorted { $0.isNewer(than: $1) }.prefix(max))
    }

    func forEachMatch(of query: DeadLetterQuery, _ body: (DeadLetterRecord) -> Void) throws {
        for range in ranges(of: query) {
            try forEachMatch(of: query, in: range) { record in
                body(record)
                return true
            }
        }
    }

    private enum Range {
        case openness(Bool)
        case run(String)
        case request(RequestID)
    }

    /// The smallest that hold all that match.
    private func ranges(of query: DeadLetterQuery) -> [Range] {
        if let request = query.request { return [.request(request)] }
        if let run = query.run { return [.run(run)] }
        return query.includesClosed ? [.openness(true), .openness(false)] : [.openness(true)]
    }

    private func forEachMatch(
        of query: DeadLetterQuery, in range: Range, _ body: (DeadLetterRecord) -> Bool
    ) throws {
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
        statement.bind(1, query.since?.milliseconds ?? .min)
        // One bound, so that the index finds where a page begins: all of that time come after it.
        let until = (query.until?.milliseconds ?? .max, Int64.min, Int64.min)
        let cursor = query.cursor.map { ($0.time, Int64($0.partition), $0.offset) }
        let bound = cursor.map { $0 < until ? $0 : until } ?? until
        statement.bind(2, bound.0)
        statement.bind(3, bound.1)
        statement.bind(4, bound.2)
        try statement.readRows { row in
            let record = DeadLetterRow.record(from: row)
            return query.matches(record) ? body(record) : true
        }
    }

    private static func newest(from range: String) -> String {
        """
        SELECT \(DeadLetterRow.columns) FROM dead_letters
        WHERE \(range) AND time >= ?1 AND (time, partition, offset) < (?2, ?3, ?4)
        ORDER BY time DESC, partition DESC, offset DESC
        """
    }
}

extension DeadLetterQuery {
    /// Whether a dead letter is one of those asked for; a redrive with the same edges and classes takes the same.
    func matches(_ record: DeadLetterRecord) -> Bool {
        let entry = record.entry
        guard record.isOpen || includesClosed, classes.isEmpty || classes.contains(entry.deadClass),
            error.map({ $0 == entry.error }) ?? true, run.map({ $0 == entry.run }) ?? true,
            isQuarantined.map({ $0 == entry.isQuarantined }) ?? true
        else { return false }
        if let request, entry.requestID != request, entry.statusID != request { return false }
        if !namespaces.isEmpty {
            guard let name = entry.namespace?.name, namespaces.contains(where: { $0.matches(name) }) else {
                return false
            }
        }
        // Of a request as a whole every edge may be meant.
        return edges.isEmpty || entry.edges.isEmpty
            || record.edgesShown.contains { edges.contains(PurgeStep.parse($0).edge) }
    }
}

extension DeadLetterRecord {
    /// Those at which it is open, or of a closed one all.
    var edgesShown: [String] { isOpen ? openEdges : entry.edges }

    fileprivate func isNewer(than other: DeadLetterRecord) -> Bool {
        (entry.time ?? 0, entry.partition, entry.offset) > (
            other.entry.time ?? 0, other.entry.partition, other.entry.offset
        )
    }
}
