/// Numbers that simdjson refuses although JSON allows them: whole ones beyond 64 bits, and those beyond a double.
///
/// Each is replaced by a shorter text of about its value, with blanks behind it, where it stands.
enum LargeNumbers {
    /// - Returns: whether there was one.
    static func shorten(in bytes: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
        var bytes = bytes
        var position = bytes.startIndex
        var isFound = false
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position = endOfString(from: position, in: bytes)
            } else if byte == UInt8(ascii: "-") || isDigit(byte) {
                let end = bytes[position...].firstIndex { !isPart($0) } ?? bytes.endIndex
                if let shorter = replacement(for: bytes[position..<end]) {
                    isFound = true
                    for index in position..<end {
                        let offset = index - position
                        bytes[index] = offset < shorter.count ? shorter[offset] : UInt8(ascii: " ")
                    }
                }
                position = end
            } else {
                position += 1
            }
        }
        return isFound
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
        default: isDigit(byte)
        }
    }

    private static func endOfString(from start: Int, in bytes: Slice<UnsafeMutableRawBufferPointer>) -> Int {
        var position = start + 1
        while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.endIndex)
    }

    /// No longer than the number; nil for one that can stay, or that is none.
    private static func replacement(for number: Slice<UnsafeMutableRawBufferPointer>) -> [UInt8]? {
        let isNegative = number.first == UInt8(ascii: "-")
        let digits = number.dropFirst(isNegative ? 1 : 0)
        guard let first = digits.first, isDigit(first),
            digits.count == 1 || first != UInt8(ascii: "0") || hasFraction(digits)
        else { return nil }
        let text = String(decoding: number, as: UTF8.self)
        let sign: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        if digits.allSatisfy(isDigit) {
            guard Int64(text) == nil, UInt64(text) == nil else { return nil }
            guard digits.count <= 300 else { return sign + largest }
            // Twenty digits, or nineteen and a sign: 17 of them and the exponent are shorter.
            return sign + Array(digits.prefix(17)) + Array("e\(digits.count - 17)".utf8)
        }
        guard isWellFormed(digits), let value = Double(text), value.isInfinite else { return nil }
        return sign + largest
    }

    private static let largest = Array("1e308".utf8)

    private static func hasFraction(_ digits: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
        let second = digits.dropFirst().first
        return second == UInt8(ascii: ".") || second == UInt8(ascii: "e") || second == UInt8(ascii: "E")
    }

    /// Whether it is a number with a fraction or an exponent, as RFC 8259 has them.
    private static func isWellFormed(_ digits: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
        var rest = digits.drop(while: isDigit)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard let exponent = rest.first else { return true }
        guard exponent | 0x20 == UInt8(ascii: "e") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }
}
