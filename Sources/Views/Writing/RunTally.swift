internal import Invalidations

/// Tally of what edges have done of each replay: how many of its requests stand in which state at which edge.
///
/// It follows from the rows alone, as that of minutes does: what a row has counted is taken back when another one comes
/// in its place. A redrive has no rows of its own, and no tally.
struct RunTally {
    /// Requests of one run that an edge has in one state.
    struct Cell: Hashable {
        var run: String
        var edge: String
        var state: EdgeState
    }

    struct Change: Hashable {
        var requests: Int64
        /// When the latest of them was heard of.
        var heardAt: Timestamp
    }

    private var cells: [Cell: Change] = [:]

    mutating func add(_ record: StatusRecord, replacing old: StatusRecord?) {
        if let old { add(old, -1) }
        add(record, 1)
    }

    /// What differs from nothing.
    var changes: [Cell: Change] { cells.filter { $0.value.requests != 0 } }

    private mutating func add(_ record: StatusRecord, _ count: Int64) {
        guard let run = record.run else { return }
        for (edge, cell) in zip(record.edges, record.cells) {
            let key = Cell(run: run, edge: edge, state: cell.state)
            let before = cells[key] ?? Change(requests: 0, heardAt: record.updatedAt)
            cells[key] = Change(
                requests: before.requests + count, heardAt: max(before.heardAt, record.updatedAt))
        }
    }
}
