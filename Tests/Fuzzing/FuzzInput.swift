/// An input in parts: lines of `name: value`, an empty line, and bytes.
struct FuzzInput {
    private(set) var first = ""
    private(set) var fields: [(name: String, value: [UInt8])] = []
    private(set) var rest: [UInt8] = []

    /// - Parameter hasFirst: whether a line of another form comes before the fields.
    init(_ bytes: UnsafeRawBufferPointer, hasFirst: Bool) {
        var left = bytes[...]
        if hasFirst { first = String(decoding: Self.line(&left), as: UTF8.self) }
        while !left.isEmpty {
            let line = Self.line(&left)
            guard !line.isEmpty else { break }
            let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
            let value = line[colon...].dropFirst()
            fields.append(
                (
                    String(decoding: line[..<colon], as: UTF8.self),
                    Array(value.first == 0x20 ? value.dropFirst() : value)
                ))
        }
        rest = Array(left)
    }

    private static func line(_ left: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        let end = left.firstIndex(of: UInt8(ascii: "\n")) ?? left.endIndex
        var line = left[..<end]
        left = left[end...].dropFirst()
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return line
    }
}
