/// Splits the body of a batch into its items, without reading them.
enum BatchSplitter {
    /// Whether the first character of a JSON document begins an array.
    static func isArray(_ body: [UInt8]) -> Bool {
        body.first { !isSpace($0) } == UInt8(ascii: "[")
    }

    /// - Returns: the lines that are not blank; nil where there are more than `countMax`.
    static func lines(of body: [UInt8], countMax: Int) -> [ArraySlice<UInt8>]? {
        var lines: [ArraySlice<UInt8>] = []
        var rest = body[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[line.endIndex...].dropFirst()
            guard !line.allSatisfy(isSpace) else { continue }
            guard lines.count < countMax else { return nil }
            lines.append(line)
        }
        return lines
    }

    /// - Parameter array: a valid JSON document that is an array.
    /// - Returns: its elements; nil where there are more than `countMax`.
    static func elements(of array: [UInt8], countMax: Int) -> [ArraySlice<UInt8>]? {
        var elements: [ArraySlice<UInt8>] = []
        var (depth, isText, isEscaped) = (0, false, false)
        var start = array.startIndex
        for (index, byte) in array.enumerated() {
            if isText {
                isText = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth == 1 { start = index + 1 }
            case UInt8(ascii: ",") where depth == 1:
                guard elements.count < countMax else { return nil }
                elements.append(array[start..<index])
                start = index + 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                guard depth == 0, !array[start..<index].allSatisfy(isSpace) else { continue }
                guard elements.count < countMax else { return nil }
                elements.append(array[start..<index])
            default: break
            }
        }
        return elements
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
