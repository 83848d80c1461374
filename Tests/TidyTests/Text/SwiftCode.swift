/// The code of a Swift file, for rules that look at brackets and declarations.
struct SwiftCode {
    let bytes: [UInt8]
    let lines: [Substring]
    private let lineStarts: [Int]

    init(_ text: String) {
        let code = SwiftMask(Array(text.utf8)).code
        let breaks = code.indices.filter { code[$0] == UInt8(ascii: "\n") }
        bytes = code
        lines = String(decoding: code, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        lineStarts = [0] + breaks.map { $0 + 1 }
    }

    /// Counted from 1.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The brace that opens the next body; nil where the declaration has none.
    func firstBrace(from start: Int) -> Int? {
        var depth = 0
        for index in start..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth <= 0: return index
            case UInt8(ascii: "}") where depth <= 0: return nil
            default: break
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    /// The bracket that closes the one at `open`, or nil.
    func closing(_ open: Int) -> Int? {
        let first = bytes[open]
        let last = first == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
        var depth = 0
        for index in open..<bytes.count {
            if bytes[index] == first { depth += 1 }
            if bytes[index] == last {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    /// All identifiers, keywords included, with the offsets they begin at.
    var identifiers: [(text: String, offset: Int)] {
        var found: [(text: String, offset: Int)] = []
        var start: Int?
        for index in 0...bytes.count {
            let isPart = index < bytes.count && Self.isIdentifierByte(bytes[index])
            if isPart, start == nil { start = index }
            if !isPart, let first = start {
                found.append((String(decoding: bytes[first..<index], as: UTF8.self), first))
                start = nil
            }
        }
        return found
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
        default: false
        }
    }
}
