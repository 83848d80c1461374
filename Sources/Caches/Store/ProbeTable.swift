/// Hash table of small numbers, with open addressing and no tombstones.
///
/// A cell has the upper half of a hash beside the number, so that most misses end without a look at what is meant.
package struct ProbeTable {
    /// The number plus one below, the upper half of its hash above; zero is empty.
    private var cells: [UInt64]
    package private(set) var count = 0

    package init() {
        cells = [UInt64](repeating: 0, count: 16)
    }

    var byteCount: Int { AllocationSize.array(cells) }

    /// - Parameter matches: whether a number with that half of the hash is what is meant.
    @inline(__always)
    package func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
        let half = hash >> 32
        let mask = cells.count - 1
        var index = Int(truncatingIfNeeded: half) & mask
        while cells[index] != 0 {
            if cells[index] >> 32 == half {
                let number = Int(cells[index] & 0xFFFF_FFFF) - 1
                if matches(number) { return number }
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The number must not be in it.
    package mutating func insert(_ number: Int, _ hash: UInt64) {
        if (count + 1) * 4 > cells.count * 3 { grow() }
        put(Self.cell(number, hash))
        count += 1
    }

    package mutating func remove(_ number: Int, _ hash: UInt64) {
        let cell = Self.cell(number, hash)
        let mask = cells.count - 1
        var index = Int(truncatingIfNeeded: cell >> 32) & mask
        while cells[index] != cell {
            precondition(cells[index] != 0, "the table has no number \(number)")
            index = (index + 1) & mask
        }
        count -= 1
        // What follows without a gap moves up, where its own first cell allows that.
        var next = (index + 1) & mask
        while cells[next] != 0 {
            let home = Int(truncatingIfNeeded: cells[next] >> 32) & mask
            if (next - home) & mask >= (next - index) & mask {
                cells[index] = cells[next]
                index = next
            }
            next = (next + 1) & mask
        }
        cells[index] = 0
    }

    private static func cell(_ number: Int, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(number + 1)
    }

    private mutating func put(_ cell: UInt64) {
        let mask = cells.count - 1
        var index = Int(truncatingIfNeeded: cell >> 32) & mask
        while cells[index] != 0 { index = (index + 1) & mask }
        cells[index] = cell
    }

    private mutating func grow() {
        let old = cells
        cells = [UInt64](repeating: 0, count: old.count * 2)
        for cell in old where cell != 0 { put(cell) }
    }
}
