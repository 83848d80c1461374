/// Fingerprints of entries that were evicted lately, eight bytes each.
///
/// Four cells share a row. A fingerprint counts as long as no more others were added since than `memory` says.
struct GhostTable {
    private static let ways = 4

    /// Fingerprint above, number of its addition below; zero is empty.
    private var cells: [UInt64]
    private var added: UInt32 = 0

    init() {
        cells = [UInt64](repeating: 0, count: 64)
    }

    var byteCount: Int { AllocationSize.array(cells) }

    mutating func add(_ fingerprint: UInt32, memory: Int) {
        if memory > cells.count { grow() }
        added &+= 1
        // Zero means empty, so no cell may be it.
        if added == 0 { added = 1 }
        put(UInt64(fingerprint) << 32 | UInt64(added))
    }

    /// Whether it was added lately. It is taken out then: a second life is judged anew.
    mutating func remove(_ fingerprint: UInt32, memory: Int) -> Bool {
        let row = row(fingerprint)
        for index in row..<row + Self.ways where cells[index] != 0 && cells[index] >> 32 == UInt64(fingerprint) {
            let age = added &- UInt32(truncatingIfNeeded: cells[index])
            cells[index] = 0
            return Int(age) < memory
        }
        return false
    }

    private func row(_ fingerprint: UInt32) -> Int {
        Int((fingerprint &* 0x9E37_79B1) >> 4) * Self.ways & (cells.count - 1)
    }

    /// Takes the cell of the same fingerprint, an empty one, or the one of the oldest.
    private mutating func put(_ cell: UInt64) {
        let row = row(UInt32(cell >> 32))
        var chosen = row
        var oldest: UInt32 = 0
        for index in row..<row + Self.ways {
            if cells[index] == 0 || cells[index] >> 32 == cell >> 32 {
                chosen = index
                break
            }
            let age = added &- UInt32(truncatingIfNeeded: cells[index])
            if age >= oldest { (chosen, oldest) = (index, age) }
        }
        cells[chosen] = cell
    }

    private mutating func grow() {
        let old = cells
        cells = [UInt64](repeating: 0, count: old.count * 2)
        for cell in old where cell != 0 { put(cell) }
    }
}
