internal import Invalidations
internal import Storage

/// A view's file, opened for reading, with the statements that read it.
final class OpenView {
    let identity: FileIdentity
    let connection: Connection
    let table: RequestTable
    let deadLetters: DeadLetterLists
    let runs: RunRows
    private let selectWatermark: Statement
    private let selectWatermarks: Statement
    private let selectCounts: Statement
    private let selectNewest: Statement
    private let selectNewestOfNamespace: Statement
    private let selectAll: Statement
    private let selectDataVersion: Statement

    init(path: String, identity: FileIdentity) throws {
        self.identity = identity
        connection = try Connection(path: path, access: .read)
        try connection.require(ViewSchema.current)
        table = try RequestTable(connection)
        deadLetters = try DeadLetterLists(connection)
        runs = try RunRows(connection)
        selectWatermark = try connection.prepare("SELECT min(caught_up_at) FROM offsets")
        selectWatermarks = try connection.prepare(
            "SELECT topic, partition, next_offset, caught_up_at FROM offsets ORDER BY topic, partition")
        selectCounts = try connection.prepare("SELECT status, requests FROM counts")
        selectNewest = try connection.prepare(Self.newest(from: "status = ?1"))
        selectNewestOfNamespace = try connection.prepare(Self.newest(from: "namespace = ?7 AND status = ?1"))
        selectAll = try connection.prepare("SELECT \(RequestTable.columns) FROM requests ORDER BY id, namespace")
        selectDataVersion = try connection.prepare("PRAGMA data_version")
    }

    /// The time up to which every partition is folded; nil if one of them never was, or there is none.
    func watermark() throws -> Timestamp? {
        let milliseconds = try selectWatermark.firstRow { $0.integer(0) } ?? 0
        return milliseconds > 0 ? Timestamp(milliseconds: milliseconds) : nil
    }

    func watermarks() throws -> [PartitionWatermark] {
        var watermarks: [PartitionWatermark] = []
        try selectWatermarks.forEachRow { row in
            let caughtUpAt = row.integer(3)
            watermarks.append(
                PartitionWatermark(
                    topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1)),
                    nextOffset: row.integer(2),
                    caughtUpAt: caughtUpAt > 0 ? Timestamp(milliseconds: caughtUpAt) : nil))
        }
        return watermarks
    }

    func counts() throws -> [RequestStatus: Int] {
        var counts: [RequestStatus: Int] = [:]
        try selectCounts.forEachRow { row in
            let status = RequestStatus.allCases.first { StatusCode(status: $0).code == row.integer(0) }
            if let status { counts[status] = Int(row.integer(1)) }
        }
        return counts
    }

    func newest(_ status: RequestStatus, _ query: StatusQuery, max: Int) throws -> [StatusRecord] {
        let statement = query.namespace == nil ? selectNewest : selectNewestOfNamespace
        statement.bind(1, StatusCode(status: status).code)
        statement.bind(2, query.since?.milliseconds ?? .min)
        statement.bind(3, query.cursor?.listedAt.milliseconds ?? .max)
        statement.bind(4, high: query.cursor?.id.high ?? .max, low: query.cursor?.id.low ?? .max)
        // Behind every namespace, where there is no cursor.
        statement.bind(5, query.cursor?.namespace ?? "~")
        statement.bind(6, Int64(max))
        if let namespace = query.namespace { statement.bind(7, namespace.name) }
        var records: [StatusRecord] = []
        try statement.forEachRow { records.append(try table.record(from: $0)) }
        return records
    }

    func forEachRecord(_ body: (StatusRecord) throws -> Void) throws {
        try selectAll.forEachRow { try body(table.record(from: $0)) }
    }

    func dataVersion() throws -> Int64 {
        try selectDataVersion.firstRow { $0.integer(0) } ?? 0
    }

    private static func newest(from range: String) -> String {
        """
        SELECT \(RequestTable.columns) FROM requests
        WHERE \(range) AND listed_at >= ?2 AND (listed_at, id, namespace) < (?3, ?4, ?5)
        ORDER BY listed_at DESC, id DESC, namespace DESC LIMIT ?6
        """
    }
}
