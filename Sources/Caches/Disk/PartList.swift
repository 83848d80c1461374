/// Lists of bytes as they are written down: each with its length before it, in four bytes.
package enum PartList {
    package static func append(_ parts: [[UInt8]], to bytes: inout [UInt8]) {
        append(parts.count, to: &bytes)
        for part in parts {
            append(part.count, to: &bytes)
            bytes += part
        }
    }

    /// - Returns: nil for what is no list; what stands behind it is left.
    package static func read(_ bytes: inout ArraySlice<UInt8>) -> [[UInt8]]? {
        guard let count = number(&bytes) else { return nil }
        var parts: [[UInt8]] = []
        for _ in 0..<count {
            guard let length = number(&bytes), length <= bytes.count else { return nil }
            parts.append(Array(bytes.prefix(length)))
            bytes = bytes.dropFirst(length)
        }
        return parts
    }

    private static func append(_ count: Int, to bytes: inout [UInt8]) {
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        defer { bytes = bytes.dropFirst(4) }
        return bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
