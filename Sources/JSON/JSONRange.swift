/// Finds where values stand in the bytes of a document.
///
/// So they can be kept as they were sent. The document must be one that `JSONParser` has read: what is malformed is not
/// looked for. Members and elements are counted as `JSONValue` hands them out.
public enum JSONRange {
    /// The range of the value of an object's member.
    ///
    /// - Parameters:
    ///   - index: counts members in document order, repeated names included.
    ///   - bytes: an object, and perhaps blanks around it.
    /// - Returns: nil where there is no such member.
    public static func member(_ index: Int, of bytes: ArraySlice<UInt8>) -> Range<Int>? {
        var scanner = Scanner(bytes)
        guard scanner.enter(UInt8(ascii: "{")) else { return nil }
        var count = 0
        while scanner.skipBlanks() != UInt8(ascii: "}") {
            guard scanner.skipValue() != nil, scanner.enter(UInt8(ascii: ":")), let range = scanner.skipValue() else {
                return nil
            }
            if count == index { return range }
            count += 1
            guard scanner.enter(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    /// The ranges of an array's elements, as far as `max`.
    public static func elements(of bytes: ArraySlice<UInt8>, max: Int) -> [Range<Int>] {
        var scanner = Scanner(bytes)
        var ranges: [Range<Int>] = []
        guard scanner.enter(UInt8(ascii: "[")), scanner.skipBlanks() != UInt8(ascii: "]") else { return [] }
        while ranges.count < max, let range = scanner.skipValue() {
            ranges.append(range)
            guard scanner.enter(UInt8(ascii: ",")) else { break }
        }
        return ranges
    }

    private struct Scanner {
        private let bytes: ArraySlice<UInt8>
        private var index: Int

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            index = bytes.startIndex
        }

        /// - Returns: the byte behind the blanks; nil at the end.
        mutating func skipBlanks() -> UInt8? {
            while index < bytes.endIndex {
                switch bytes[index] {
                case 0x20, 0x09, 0x0A, 0x0D: index += 1
                default: return bytes[index]
                }
            }
            return nil
        }

        mutating func enter(_ byte: UInt8) -> Bool {
            guard skipBlanks() == byte else { return false }
            index += 1
            return true
        }

        /// - Returns: the value's range; nil where there is none.
        mutating func skipValue() -> Range<Int>? {
            guard let first = skipBlanks() else { return nil }
            let start = index
            switch first {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): skipNested()
            default: skipScalar()
            }
            return start < index ? start..<index : nil
        }

        private mutating func skipString() {
            index += 1
            while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            index = min(index + 1, bytes.endIndex)
        }

        private mutating func skipNested() {
            var depth = 0
            while index < bytes.endIndex {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    skipString()
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                index += 1
                if depth == 0 { return }
            }
        }

        private mutating func skipScalar() {
            while index < bytes.endIndex {
                switch bytes[index] {
                case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"):
                    return
                default: index += 1
                }
            }
        }
    }
}
