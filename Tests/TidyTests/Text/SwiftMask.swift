/// Swift source with comments and string contents blanked, byte for byte.
///
/// Code inside interpolations stays, and so do quotes. Offsets and line breaks are those of the source, so an offset
/// that a rule finds in the mask is the same offset in the file.
struct SwiftMask {
    private let source: [UInt8]
    private(set) var code: [UInt8]
    private var position = 0

    init(_ source: [UInt8]) {
        self.source = source
        code = source
        readCode(untilParenthesis: false)
    }

    /// Reads on to the end of the source, or to the parenthesis that closes an interpolation.
    private mutating func readCode(untilParenthesis: Bool) {
        var depth = 0
        while position < source.count {
            let byte = source[position]
            if startsWith("//") {
                blank(to: lineEnd(from: position))
            } else if startsWith("/*") {
                skipBlockComment()
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let hashes = hashesOfString() {
                skipString(hashes: hashes)
            } else if startsWith("#/") {
                skipExpression()
            } else {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                position += 1
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        let start = position
        repeat {
            if startsWith("/*") {
                depth += 1
                position += 2
            } else if startsWith("*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < source.count
        let end = min(position, source.count)
        position = start
        blank(to: end)
    }

    /// How many `#` stand before the string that begins here; nil where none begins.
    private func hashesOfString() -> Int? {
        var end = position
        while end < source.count, source[end] == UInt8(ascii: "#") { end += 1 }
        guard end < source.count, source[end] == UInt8(ascii: "\"") else { return nil }
        return end - position
    }

    private mutating func skipString(hashes: Int) {
        position += hashes
        let quote = startsWith("\"\"\"") ? "\"\"\"" : "\""
        position += quote.utf8.count
        let marks = String(repeating: "#", count: hashes)
        while position < source.count {
            if startsWith(quote + marks) {
                position += quote.utf8.count + hashes
                return
            }
            if startsWith("\\" + marks + "(") {
                blank(to: position + hashes + 2)
                readCode(untilParenthesis: true)
                if position < source.count { blank(to: position + 1) }
            } else if startsWith("\\" + marks) {
                blank(to: min(position + hashes + 2, source.count))
            } else {
                blank(to: position + 1)
            }
        }
    }

    /// A regular expression between `#/` and `/#`.
    private mutating func skipExpression() {
        while position < source.count, !startsWith("/#") { blank(to: position + 1) }
        blank(to: min(position + 2, source.count))
    }

    private mutating func blank(to end: Int) {
        while position < end {
            if source[position] != UInt8(ascii: "\n") { code[position] = UInt8(ascii: " ") }
            position += 1
        }
    }

    private func lineEnd(from start: Int) -> Int {
        source[start...].firstIndex(of: UInt8(ascii: "\n")) ?? source.count
    }

    private func startsWith(_ text: String) -> Bool {
        let text = text.utf8
        return position + text.count <= source.count && source[position..<(position + text.count)].elementsEqual(text)
    }
}
