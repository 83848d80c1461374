internal import Invalidations
internal import Replays
internal import Storage

/// The rows of a view in SQLite, as its readers ask for them.
final class SQLiteViewQueries: ViewQueries {
    let identity: FileIdentity
    private let connection: Connection
    private let table: RequestTable
    private let deadLetters: DeadLetterTable
    private let runRows: RunRows
    private let selectWatermark: Statement
    private let selectWatermarks: Statement
    private let selectCounts: Statement
    private let selectMinutes: Statement
    private let selectNamespaces: Statement
    private let selectNewest: Statement
    private let selectNewestOfNamespace: Statement
    private let selectNewestOfSource: Statement
    private let selectNewestOfKey: Statement
    private let selectFailing: Statement
    private let selectFailingOfNamespace: Statement
    private let selectAll: Statement
    private let selectDataVersion: Statement
    private let selectStatuses: Statement
    /// The watermark, and the version of the file in which it was read: it changes with the file alone.
    private var readWatermark: (watermark: Timestamp?, version: Int64)?

    init(path: String, identity: FileIdentity) throws {
        self.identity = identity
        connection = try Connection(path: path, access: .read)
        try connection.require(ViewSchema.current)
        table = try RequestTable(connection)
        deadLetters = try DeadLetterTable(connection)
        runRows = try RunRows(connection)
        selectWatermark = try connection.prepare("SELECT min(caught_up_at) FROM offsets")
        selectWatermarks = try connection.prepare(
            "SELECT topic, partition, next_offset, caught_up_at FROM offsets ORDER BY topic, partition")
        selectCounts = try connection.prepare("SELECT status, requests FROM counts")
        selectMinutes = try connection.prepare(
            """
            SELECT \(MinuteRows.columns) FROM minutes
            WHERE namespace = ? AND minute >= ? AND minute < ? AND \(MinuteRows.isTold) ORDER BY minute DESC LIMIT ?
            """)
        selectNamespaces = try connection.prepare(
            "\(MinuteRows.sums) AND minute >= ? AND minute < ? \(MinuteRows.sumOrder) LIMIT ?")
        selectNewest = try connection.prepare(Self.newest(from: "status = ?1"))
        selectNewestOfNamespace = try connection.prepare(Self.newest(from: "namespace = ?7 AND status = ?1"))
        selectNewestOfSource = try connection.prepare(Self.newest(from: "source = ?1"))
        let ofKey = "SELECT * FROM requests WHERE namespace = ?7 AND key = ?1 ORDER BY published_at DESC"
        selectNewestOfKey = try connection.prepare(
            Self.newest(from: "true", of: "(\(ofKey) LIMIT \(StatusRange.ofKeyMax))"))
        selectFailing = try connection.prepare(Self.newest(from: StatusRange.isFailing))
        selectFailingOfNamespace = try connection.prepare(
            Self.newest(from: "namespace = ?7 AND \(StatusRange.isFailing)"))
        selectAll = try connection.prepare("SELECT \(RequestTable.columns) FROM requests ORDER BY id, namespace")
        selectDataVersion = try connection.prepare("PRAGMA data_version")
        selectStatuses = try connection.prepare(
            "SELECT namespace, status FROM requests WHERE id = ? ORDER BY namespace LIMIT ?")
    }

    func version() throws -> ViewVersion {
        ViewVersion(store: .file(identity), data: try selectDataVersion.firstRow { $0.integer(0) } ?? 0)
    }

    func watermark() throws -> Timestamp? {
        let version = try selectDataVersion.firstRow { $0.integer(0) } ?? 0
        if let readWatermark, readWatermark.version == version { return readWatermark.watermark }
        let watermark = try selectWatermark.firstRow { $0.optionalTime(0) } ?? nil
        readWatermark = (watermark, version)
        return watermark
    }

    func watermarks() throws -> [PartitionWatermark] {
        var watermarks: [PartitionWatermark] = []
        try selectWatermarks.forEachRow { watermarks.append(PartitionWatermark($0)) }
        return watermarks
    }

    func counts() throws -> [RequestStatus: Int] {
        var counts: [RequestStatus: Int] = [:]
        try selectCounts.forEachRow { row in
            if let status = StatusCode.status(of: row.integer(0)) { counts[status] = Int(row.integer(1)) }
        }
        return counts
    }

    func minutes(of namespace: Namespace?, from first: Int64, to end: Int64) throws -> MinutePage {
        try connection.snapshot {
            selectMinutes.bind(1, namespace?.name ?? "")
            selectMinutes.bind(2, first)
            selectMinutes.bind(3, end)
            selectMinutes.bind(4, MinuteQuery.minutesMax)
            var minutes: [MinuteCounts] = []
            try selectMinutes.forEachRow { minutes.append(MinuteRows.counts($0)) }
            return MinutePage(minutes: minutes, asOf: try watermark())
        }
    }

    func namespaces(from first: Int64, to end: Int64, max: Int) throws -> NamespaceList {
        try connection.snapshot {
            selectNamespaces.bind(1, first)
            selectNamespaces.bind(2, end)
            selectNamespaces.bind(3, Int64(max))
            var namespaces: [NamespaceCounts] = []
            try selectNamespaces.forEachRow { namespaces.append(try MinuteRows.sum($0)) }
            return NamespaceList(namespaces: namespaces, asOf: try watermark())
        }
    }

    func find(_ id: RequestID, in namespace: Namespace?, max: Int) throws -> FoundRequests {
        // One snapshot: were the watermark read from a later one than the row, a new id could seem unknown.
        try connection.snapshot {
            FoundRequests(
                records: try table.records(id, max: max),
                ofNamespace: try namespace.flatMap { try table.record(RequestIdentity(id: id, namespace: $0)) },
                watermark: try watermark())
        }
    }

    func overview(of ids: [RequestID], max: Int) throws -> StatusOverview {
        try connection.snapshot {
            var overview = StatusOverview(watermark: try watermark())
            for id in ids {
                selectStatuses.bind(1, high: id.high, low: id.low)
                selectStatuses.bind(2, Int64(max))
                try selectStatuses.forEachRow { overview.add(id, $0.text(0), code: $0.integer(1)) }
            }
            return overview
        }
    }

    func find(key: String, in namespace: Namespace) throws -> StatusRecord? {
        try table.record(ofKey: key, in: namespace)
    }

    func newest(_ query: StatusQuery, max: Int) throws -> FoundRequests {
        try connection.snapshot {
            var records: [StatusRecord] = []
            for range in query.ranges { records += try newest(range, query, max: max) }
            return FoundRequests(records: records, watermark: try watermark())
        }
    }

    func forEachRecord(_ body: (StatusRecord) throws -> Void) throws {
        try connection.snapshot {
            try selectAll.forEachRow { try body(table.record(from: $0)) }
        }
    }

    func deadLetter(partition: Int32, offset: Int64) throws -> DeadLetterRecord? {
        try deadLetters.record(partition: partition, offset: offset)
    }

    func deadLetterCount(ofRun id: String) throws -> Int64 {
        try deadLetters.count(ofRun: id)
    }

    func readDeadLetters(
        _ ranges: [DeadLetterRange], _ bounds: DeadLetterBounds,
        while body: (_ range: Int, DeadLetterRecord) -> Bool
    ) throws -> Timestamp? {
        try connection.snapshot {
            for (index, range) in ranges.enumerated() {
                try deadLetters.read(range, bounds) { body(index, $0) }
            }
            return try watermark()
        }
    }

    func edges(ofRun id: String) throws -> [RunEdge] { try runRows.edges(of: id) }

    func run(_ id: String) throws -> RunTable.Run? {
        try runRows.run(id)
    }

    func runs(before id: String?, max: Int) throws -> [RunTable.Run] {
        try runRows.newest(before: id, max: max)
    }

    private func newest(_ range: StatusRange, _ query: StatusQuery, max: Int) throws -> [StatusRecord] {
        let statement: Statement
        var namespace = query.namespace
        switch range {
        case .status(let status):
            statement = namespace == nil ? selectNewest : selectNewestOfNamespace
            statement.bind(1, StatusCode(status: status).code)
        case .source(let source):
            statement = selectNewestOfSource
            statement.bind(1, source)
            namespace = nil
        case .key(let key):
            statement = selectNewestOfKey
            statement.bind(1, key)
        case .failing: statement = namespace == nil ? selectFailing : selectFailingOfNamespace
        }
        let bound = query.bound
        statement.bind(2, query.since?.milliseconds ?? .min)
        statement.bind(3, bound?.listedAt.milliseconds ?? .max)
        statement.bind(4, high: bound?.id.high ?? .max, low: bound?.id.low ?? .max)
        // Behind every namespace, where there is no bound.
        statement.bind(5, bound?.namespace ?? "~")
        statement.bind(6, Int64(max))
        if let namespace { statement.bind(7, namespace.name) }
        var records: [StatusRecord] = []
        try statement.forEachRow { records.append(try table.record(from: $0)) }
        return records
    }

    private static func newest(from range: String, of rows: String = "requests") -> String {
        """
        SELECT \(RequestTable.columns) FROM \(rows)
        WHERE \(range) AND listed_at >= ?2 AND (listed_at, id, namespace) < (?3, ?4, ?5)
        ORDER BY listed_at DESC, id DESC, namespace DESC LIMIT ?6
        """
    }
}
