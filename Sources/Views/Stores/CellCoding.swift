internal import Invalidations

/// The cells of a request as a few bytes: flags, then for each edge its state's rank, and behind it as LEB128 the
/// generation where that is not 0, which bit 7 of the rank announces, and the objects where the edge tells them, which
/// bit 6 announces.
enum CellCoding {
    private static let omitsEdges: UInt8 = 1
    private static let hasGeneration: UInt8 = 0x80
    private static let hasObjects: UInt8 = 0x40

    static func encode(_ cells: [StatusRecord.Cell], omitsEdges: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(cells.count + 1)
        bytes.append(omitsEdges ? Self.omitsEdges : 0)
        for cell in cells {
            bytes.append(
                cell.state.rank | (cell.generation > 0 ? hasGeneration : 0) | (cell.objects == nil ? 0 : hasObjects))
            if cell.generation > 0 { append(cell.generation, to: &bytes) }
            if let objects = cell.objects { append(objects, to: &bytes) }
        }
        return bytes
    }

    /// Nil for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) -> (cells: [StatusRecord.Cell], omitsEdges: Bool)? {
        guard let flags = bytes.first, flags <= omitsEdges else { return nil }
        var cells: [StatusRecord.Cell] = []
        cells.reserveCapacity(bytes.count - 1)
        var rest = bytes.dropFirst()
        while let byte = rest.popFirst() {
            guard let state = EdgeState(rank: byte & ~(hasGeneration | hasObjects)),
                let generation = byte & hasGeneration == 0 ? 0 : number(from: &rest)
            else { return nil }
            var cell = StatusRecord.Cell(generation: generation, state: state)
            if byte & hasObjects != 0 {
                guard let objects = number(from: &rest) else { return nil }
                cell.objects = objects
            }
            cells.append(cell)
        }
        return (cells, flags == omitsEdges)
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func number(from bytes: inout ArraySlice<UInt8>) -> UInt32? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst(), shift < 35 {
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return UInt32(exactly: number) }
            shift += 7
        }
        return nil
    }
}
