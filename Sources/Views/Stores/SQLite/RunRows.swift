internal import Replays
internal import Storage

/// Rows of runs, as one connection sees them: the newest order and state of each, as JSON, and what edges have done.
final class RunRows {
    private let select: Statement
    private let selectNewest: Statement
    private let selectEdges: Statement

    init(_ connection: Connection) throws {
        select = try connection.prepare("SELECT id, run_order, run_state FROM runs WHERE id = ?")
        selectNewest = try connection.prepare(
            "SELECT id, run_order, run_state FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?")
        selectEdges = try connection.prepare(
            "SELECT \(RunEdge.columns) FROM run_edges WHERE run = ? ORDER BY edge, state LIMIT ?")
    }

    func run(_ id: String) throws -> RunTable.Run? {
        select.bind(1, id)
        return try select.firstRow { try RunCoding.run(from: $0) } ?? nil
    }

    func edges(of id: String) throws -> [RunEdge] {
        selectEdges.bind(1, id)
        selectEdges.bind(2, RunEdge.rowsMax)
        var edges = RunEdgeRows()
        try selectEdges.forEachRow { edges.add($0) }
        return edges.edges
    }

    /// - Parameter id: the first of the next page comes before it; nil for the newest of all.
    func newest(before id: String?, max: Int) throws -> [RunTable.Run] {
        // No run's name has a byte as high.
        selectNewest.bind(1, id ?? "~")
        selectNewest.bind(2, Int64(max))
        var runs: [RunTable.Run] = []
        try selectNewest.forEachRow { row in
            if let run = try RunCoding.run(from: row) { runs.append(run) }
        }
        return runs
    }
}

/// Writes the rows of runs, inside the transaction of its caller.
final class RunWriter {
    let rows: RunRows
    private let upsert: Statement
    private let deleteOver: Statement
    private let connection: Connection

    init(_ connection: Connection) throws {
        self.connection = connection
        rows = try RunRows(connection)
        upsert = try connection.prepare("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)")
        deleteOver = try connection.prepare(
            "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE over_at < ? ORDER BY over_at LIMIT ?)")
    }

    func write(_ run: RunTable.Run) throws {
        upsert.bind(1, run.id)
        bind(2, try RunCoding.order(of: run))
        bind(3, try RunCoding.state(of: run))
        upsert.bind(4, run.overAt)
        try upsert.run()
    }

    /// - Returns: how many were removed.
    func removeOver(before horizon: Int64, max: Int) throws -> Int {
        deleteOver.bind(1, horizon)
        deleteOver.bind(2, Int64(max))
        try deleteOver.run()
        return connection.changes
    }

    private func bind(_ parameter: Int, _ value: [UInt8]?) {
        if let value { upsert.bind(parameter, value) } else { upsert.bindNull(parameter) }
    }
}
