internal import Foundation
internal import Invalidations
internal import Replays
internal import Storage

/// Orders and states of runs as JSON, in the rows of runs.
enum RunCoding {
    static func order(of run: RunTable.Run) throws -> [UInt8]? {
        try run.order.map { try ControlRecord.order(run.id, $0).value() }
    }

    static func state(of run: RunTable.Run) throws -> [UInt8]? {
        try run.state.map { try ControlRecord.state(run.id, $0).value() }
    }

    /// - Parameter row: of id, order and state.
    /// - Throws: `StorageError.corrupt` for what no projector writes.
    static func run(from row: some DatabaseRow) throws -> RunTable.Run? {
        try run(row.text(0), order: row.optionalBytes(1), state: row.optionalBytes(2))
    }

    private static func run(_ id: String, order: [UInt8]?, state: [UInt8]?) throws -> RunTable.Run? {
        var table = RunTable()
        do {
            if let order { table.fold(.order(id, try JSONDecoder().decode(RunOrder.self, from: Data(order)))) }
            if let state { table.fold(.state(id, try JSONDecoder().decode(RunState.self, from: Data(state)))) }
        } catch {
            throw StorageError.corrupt("the row of run \(id) cannot be read: \(error)")
        }
        return table.runs[id]
    }
}

extension RunTable.Run {
    /// When it was heard of for the last time, if it is over: in milliseconds.
    var overAt: Int64? {
        guard phase.isOver else { return nil }
        return [order?.at.time.milliseconds, state?.at.time.milliseconds].compactMap { $0 }.max()
    }
}
