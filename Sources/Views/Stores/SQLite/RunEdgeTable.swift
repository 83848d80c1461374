internal import Invalidations
internal import Storage

/// Writes how far edges are with replays, inside the transaction of its caller.
final class RunEdgeTable {
    private let connection: Connection
    private let add: Statement
    private let delete: Statement

    init(_ connection: Connection) throws {
        self.connection = connection
        add = try connection.prepare(
            """
            INSERT INTO run_edges (run, edge, state, requests, heard_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (run, edge, state) DO UPDATE SET requests = requests + excluded.requests,
                heard_at = max(heard_at, excluded.heard_at)
            """)
        delete = try connection.prepare(
            """
            DELETE FROM run_edges WHERE run IN
                (SELECT run FROM run_edges GROUP BY run HAVING max(heard_at) < ? LIMIT ?)
            """)
    }

    func add(_ changes: [RunTally.Cell: RunTally.Change]) throws {
        for (cell, change) in changes {
            add.bind(1, cell.run)
            add.bind(2, cell.edge)
            add.bind(3, Int64(cell.state.rank))
            add.bind(4, change.requests)
            add.bind(5, change.heardAt.milliseconds)
            try add.run()
        }
    }

    /// - Parameter max: of runs, not of rows.
    func remove(before horizon: Int64, max: Int) throws {
        delete.bind(1, horizon)
        delete.bind(2, Int64(max))
        try delete.run()
    }
}
