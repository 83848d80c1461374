internal import Foundation
internal import Invalidations
internal import Replays
internal import Storage

/// Rows of runs, as one connection sees them: the newest order and state of each, as JSON.
final class RunRows {
    private let select: Statement
    private let selectNewest: Statement

    init(_ connection: Connection) throws {
        select = try connection.prepare("SELECT id, run_order, run_state FROM runs WHERE id = ?")
        selectNewest = try connection.prepare(
            "SELECT id, run_order, run_state FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?")
    }

    func run(_ id: String) throws -> RunTable.Run? {
        select.bind(1, id)
        return try select.firstRow { try run(from: $0) } ?? nil
    }

    /// - Parameter id: the first of the next page comes before it; nil for the newest of all.
    func newest(before id: String?, max: Int) throws -> [RunTable.Run] {
        // No run's name has a byte as high.
        selectNewest.bind(1, id ?? "~")
        selectNewest.bind(2, Int64(max))
        var runs: [RunTable.Run] = []
        try selectNewest.forEachRow { row in
            if let run = try run(from: row) { runs.append(run) }
        }
        return runs
    }

    /// - Throws: `StorageError.corrupt` for what no projector writes.
    private func run(from row: Row) throws -> RunTable.Run? {
        let id = row.text(0)
        var table = RunTable()
        do {
            if !row.isNull(1) {
                table.fold(.order(id, try JSONDecoder().decode(RunOrder.self, from: Data(row.bytes(1)))))
            }
            if !row.isNull(2) {
                table.fold(.state(id, try JSONDecoder().decode(RunState.self, from: Data(row.bytes(2)))))
            }
        } catch {
            throw StorageError.corrupt("the row of run \(id) cannot be read: \(error)")
        }
        return table.runs[id]
    }
}

/// Writes the rows of runs, inside the transaction of its caller.
final class RunWriter {
    private let rows: RunRows
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

    /// Joins what is new of a run with its row.
    func fold(_ news: RunTable.Run) throws {
        var table = RunTable()
        for run in [try rows.run(news.id), news] {
            if let order = run?.order { table.fold(.order(news.id, order)) }
            if let state = run?.state { table.fold(.state(news.id, state)) }
        }
        guard let run = table.runs[news.id] else { return }
        let times = [run.order?.at.time.milliseconds, run.state?.at.time.milliseconds].compactMap { $0 }
        upsert.bind(1, run.id)
        try bind(2, run.order.map { .order(run.id, $0) })
        try bind(3, run.state.map { .state(run.id, $0) })
        upsert.bind(4, run.phase.isOver ? times.max() : nil)
        try upsert.run()
    }

    /// - Returns: how many were removed.
    func removeOver(before horizon: Int64, max: Int) throws -> Int {
        deleteOver.bind(1, horizon)
        deleteOver.bind(2, Int64(max))
        try deleteOver.run()
        return connection.changes
    }

    private func bind(_ parameter: Int, _ record: ControlRecord?) throws {
        if let record { upsert.bind(parameter, try record.value()) } else { upsert.bindNull(parameter) }
    }
}
