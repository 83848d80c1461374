internal import Invalidations

/// The cells of a request as a few bytes: flags, then for each edge its state's rank, and behind it the
/// generation (LEB128) where that is not 0, which bit 7 of the rank announces.
enum CellCoding {
    private static let omitsEdges: UInt8 = 1
    private static let hasGeneration: UInt8 = 0x80

    static func encode(_ cells: [StatusRecord.Cell], omitsEdges: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(cells.count + 1)
        bytes.append(omitsEdges ? Self.omitsEdges : 0)
        for cell in cells {
            guard cell.generation > 0 else {
                bytes.append(cell.state.rank)
                continue
            }
            bytes.append(cell.state.rank | hasGeneration)
            var rest = cell.generation
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
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
            guard let state = EdgeState(rank: byte & ~hasGeneration),
                let generation = byte & hasGeneration == 0 ? 0 : number(from: &rest)
            else { return nil }
            cells.append(StatusRecord.Cell(generation: generation, state: state))
        }
        return (cells, flags == omitsEdges)
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
