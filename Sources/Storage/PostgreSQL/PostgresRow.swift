internal import CPostgres

/// Row of an answer of PostgreSQL. Valid within the closure that it is handed to.
public struct PostgresRow: DatabaseRow {
    let result: OpaquePointer
    let row: Int32

    /// 0 for NULL and for what is no whole number; 0 or 1 for a truth value.
    public func integer(_ column: Int) -> Int64 {
        guard let bytes = value(column) else { return 0 }
        switch (PQftype(result, Int32(column)), bytes.count) {
        case (PostgresType.integer, 8): return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case (PostgresType.shortInteger, 4): return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case (PostgresType.smallInteger, 2): return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case (PostgresType.boolean, 1): return Int64(bytes[0])
        default: return 0
        }
    }

    /// Empty for NULL.
    public func text(_ column: Int) -> String {
        value(column).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Empty for NULL.
    public func bytes(_ column: Int) -> [UInt8] {
        value(column).map { [UInt8]($0) } ?? []
    }

    /// A string of 16 bytes, big-endian; nil for anything else.
    public func wide(_ column: Int) -> (high: UInt64, low: UInt64)? {
        guard let bytes = value(column), bytes.count == 16 else { return nil }
        return (
            UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    public func isNull(_ column: Int) -> Bool {
        PQgetisnull(result, row, Int32(column)) != 0
    }

    /// The elements of an array of texts, empty ones for NULL; none for NULL and for what is no such array.
    public func texts(_ column: Int) -> [String] {
        elements(column, of: PostgresType.texts).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The elements of an array of `bigint`, 0 for NULL; none for NULL and for what is no such array.
    public func integers(_ column: Int) -> [Int64] {
        elements(column, of: PostgresType.integers).map { bytes in
            bytes.count == 8 ? Int64(bigEndian: bytes.loadUnaligned(as: Int64.self)) : 0
        }
    }

    /// Nil for NULL, and for a column that is not there.
    private func value(_ column: Int) -> UnsafeRawBufferPointer? {
        guard !isNull(column), let start = PQgetvalue(result, row, Int32(column)) else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, Int32(column))))
    }

    private func elements(_ column: Int, of type: UInt32) -> [UnsafeRawBufferPointer] {
        guard let bytes = value(column), PQftype(result, Int32(column)) == type, bytes.count >= 20 else { return [] }
        func number(at offset: Int) -> Int {
            Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        }
        // Arrays of more than one dimension are read as none.
        guard number(at: 0) == 1 else { return [] }
        var elements: [UnsafeRawBufferPointer] = []
        var offset = 20
        for _ in 0..<max(0, number(at: 12)) {
            guard offset + 4 <= bytes.count else { return [] }
            let length = max(0, number(at: offset))
            offset += 4
            guard offset + length <= bytes.count else { return [] }
            elements.append(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
            offset += length
        }
        return elements
    }
}
