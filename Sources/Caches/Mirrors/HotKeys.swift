/// Counts reads of keys by the second, in a table of fixed size.
///
/// A row has four cells. A key that finds them all in use makes the coldest one colder, until that cell is free. So a
/// key may be counted too low, and never too high.
struct HotKeys {
    private struct Cell {
        var hash: UInt64 = 0
        var window = Int64.min
        var count = 0
        /// Of the window before.
        var before = 0

        func heat(in now: Int64) -> Int {
            window == now ? max(count, before) : window == now - 1 ? count : 0
        }
    }

    private static let cellsOfRow = 4
    private static let windowNanoseconds: Int64 = 1_000_000_000

    private var cells: [Cell]
    private let rowMask: Int

    /// - Parameter rows: a power of two.
    init(rows: Int = 1_024) {
        precondition(rows > 0 && rows & (rows - 1) == 0, "rows are a power of two")
        rowMask = rows - 1
        cells = Array(repeating: Cell(), count: rows * Self.cellsOfRow)
    }

    /// Counts one read.
    ///
    /// - Returns: the reads of this second or of the one before, whichever are more.
    mutating func record(_ hash: UInt64, _ now: CacheTime) -> Int {
        let window = now.nanoseconds / Self.windowNanoseconds
        let first = (Int(truncatingIfNeeded: hash >> 32) & rowMask) * Self.cellsOfRow
        let row = first..<(first + Self.cellsOfRow)
        if let cell = row.first(where: { cells[$0].hash == hash && cells[$0].window != .min }) {
            if cells[cell].window != window {
                cells[cell].before = cells[cell].window == window - 1 ? cells[cell].count : 0
                cells[cell].count = 0
                cells[cell].window = window
            }
            cells[cell].count += 1
            return cells[cell].heat(in: window)
        }
        let coldest = row.min { cells[$0].heat(in: window) < cells[$1].heat(in: window) } ?? first
        guard cells[coldest].heat(in: window) > 0 else {
            cells[coldest] = Cell(hash: hash, window: window, count: 1)
            return 1
        }
        cells[coldest].count = max(0, cells[coldest].count - 1)
        cells[coldest].before = max(0, cells[coldest].before - 1)
        return 1
    }
}
