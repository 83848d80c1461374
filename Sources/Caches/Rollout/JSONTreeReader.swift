/// Reads a JSON document as RFC 8259 has it.
struct JSONTreeReader {
    private static let depthMax = 512

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() -> JSONTree? {
        guard let tree = value(depth: 0) else { return nil }
        skipBlanks()
        return index == bytes.count ? tree : nil
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard next == byte else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) -> JSONTree? {
        guard depth <= Self.depthMax else { return nil }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        default: return number()
        }
    }

    private mutating func word(_ text: String, _ tree: JSONTree) -> JSONTree? {
        guard bytes[index...].starts(with: text.utf8) else { return nil }
        index += text.utf8.count
        return tree
    }

    private mutating func object(depth: Int) -> JSONTree? {
        index += 1
        var members: [[UInt8]: JSONTree] = [:]
        guard !accept(UInt8(ascii: "}")) else { return .object([:]) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\""), let name = string(), accept(UInt8(ascii: ":")),
                let member = value(depth: depth + 1)
            else { return nil }
            members[name] = member
        } while accept(UInt8(ascii: ","))
        return accept(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func array(depth: Int) -> JSONTree? {
        index += 1
        var elements: [JSONTree] = []
        guard !accept(UInt8(ascii: "]")) else { return .array([]) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while accept(UInt8(ascii: ","))
        return accept(UInt8(ascii: "]")) ? .array(elements) : nil
    }

    private mutating func number() -> JSONTree? {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        let first = next
        guard skipDigits() > 0, first != UInt8(ascii: "0") || bytes[start..<index].filter({ $0 != 0x2D }).count == 1
        else { return nil }
        if next == UInt8(ascii: ".") {
            index += 1
            guard skipDigits() > 0 else { return nil }
        }
        if let mark = next, mark | 0x20 == UInt8(ascii: "e") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            guard skipDigits() > 0 else { return nil }
        }
        return DecimalNumber(bytes[start..<index]).map { .number($0) }
    }

    private mutating func skipDigits() -> Int {
        let start = index
        while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    /// The bytes of a string, escapes resolved.
    private mutating func string() -> [UInt8]? {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case 0..<0x20: return nil
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text += escaped
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard let byte = next else { return nil }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            guard var units = codeUnit().map({ [$0] }) else { return nil }
            if UTF16.isLeadSurrogate(units[0]) {
                guard bytes[index...].starts(with: "\\u".utf8) else { return nil }
                index += 2
                guard let second = codeUnit(), UTF16.isTrailSurrogate(second) else { return nil }
                units.append(second)
            }
            return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
        default: return nil
        }
    }

    private mutating func codeUnit() -> UInt16? {
        guard bytes.count - index >= 4 else { return nil }
        let digits = bytes[index..<index + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        index += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
