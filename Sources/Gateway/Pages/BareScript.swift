/// Script without comments, needless spaces and long private names: its readers are browsers.
///
/// It knows strings, templates, regular expressions that stand where a value is expected, and comments. Line breaks end
/// statements, and so stay, but for those behind what opens or separates.
package struct BareScript {
    private let source: [UInt8]
    private var position = 0
    package private(set) var bytes: [UInt8] = []
    /// In the order in which they came.
    private var privateNames: [ArraySlice<UInt8>: Int] = [:]

    private static let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]
    private static let template = UInt8(ascii: "`")
    private static let hash = UInt8(ascii: "#")
    private static let slash = UInt8(ascii: "/")
    private static let newline = UInt8(ascii: "\n")
    private static let openers = Set("{;,([".utf8)
    /// Behind these a slash begins a regular expression; behind all else it divides.
    private static let beforeExpressions = Set("(,=:[!&|?{};\n>".utf8)

    package init(_ source: [UInt8]) {
        self.source = source
        bytes.reserveCapacity(source.count)
        while let byte = current {
            switch byte {
            case _ where Self.quotes.contains(byte): copy(to: byte)
            case Self.template: copyTemplate()
            case Self.slash where next == Self.slash: skipLine()
            case Self.slash where next == UInt8(ascii: "*"): skipComment()
            case Self.slash where isExpressionNext: copyExpression()
            case Self.hash where isNameNext: copyPrivateName()
            case Self.newline: endLine()
            case _ where Self.isSpace(byte): skipSpaces()
            default: copy()
            }
        }
    }

    private var current: UInt8? { position < source.count ? source[position] : nil }
    private var next: UInt8? { position + 1 < source.count ? source[position + 1] : nil }
    private var isNameNext: Bool { next.map(Self.isOfWord) ?? false }
    private var isExpressionNext: Bool {
        bytes.last { !Self.isSpace($0) }.map(Self.beforeExpressions.contains) ?? true
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), hash, 0x80...:
            true
        default: false
        }
    }

    private mutating func copy() {
        guard let byte = current else { return }
        bytes.append(byte)
        position += 1
    }

    /// A backslash, and what it makes ordinary.
    private mutating func copyEscaped() {
        copy()
        copy()
    }

    private mutating func copy(to quote: UInt8) {
        copy()
        while let byte = current, byte != quote {
            if byte == UInt8(ascii: "\\") { copyEscaped() } else { copy() }
        }
        copy()
    }

    private mutating func copyExpression() {
        var isInClass = false
        copy()
        while let byte = current, byte != Self.slash || isInClass {
            if byte == UInt8(ascii: "[") { isInClass = true }
            if byte == UInt8(ascii: "]") { isInClass = false }
            if byte == UInt8(ascii: "\\") { copyEscaped() } else { copy() }
        }
        copy()
    }

    /// Nobody outside of the script can use a private name, so each becomes a short one, the same in all classes.
    private mutating func copyPrivateName() {
        copy()
        let begin = position
        while let byte = current, Self.isOfWord(byte) { position += 1 }
        let name = source[begin..<position], number = privateNames[name] ?? privateNames.count
        privateNames[name] = number
        bytes += Self.shortName(number)
    }

    /// a to z, aa to zz, and so on.
    private static func shortName(_ number: Int) -> [UInt8] {
        (number < 26 ? [] : shortName(number / 26 - 1)) + [UInt8(ascii: "a") + UInt8(number % 26)]
    }

    /// Style sheets stand in templates: their lines need no indent either.
    private mutating func copyTemplate() {
        copy()
        while let byte = current, byte != Self.template {
            if byte == UInt8(ascii: "\\") {
                copyEscaped()
            } else if byte == UInt8(ascii: "$"), next == UInt8(ascii: "{") {
                copy()
                copyInserted()
            } else {
                copy()
                while byte == Self.newline, let space = current, Self.isSpace(space) { position += 1 }
            }
        }
        copy()
    }

    /// From a brace to that which closes it.
    private mutating func copyInserted() {
        var depth = 0
        while let byte = current {
            if Self.quotes.contains(byte) {
                copy(to: byte)
            } else if byte == Self.template {
                copyTemplate()
            } else if byte == Self.slash, isExpressionNext {
                copyExpression()
            } else if byte == Self.hash, isNameNext {
                copyPrivateName()
            } else {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
                copy()
                if depth == 0 { return }
            }
        }
    }

    private mutating func skipLine() {
        while let byte = current, byte != Self.newline { position += 1 }
    }

    private mutating func skipComment() {
        while let byte = current, byte != UInt8(ascii: "*") || next != Self.slash { position += 1 }
        position = min(position + 2, source.count)
    }

    private mutating func endLine() {
        position += 1
        guard let last = bytes.last, last != Self.newline, !Self.openers.contains(last) else { return }
        bytes.append(Self.newline)
    }

    /// One stays between two words, and between two signs that would be another one together.
    private mutating func skipSpaces() {
        while let byte = current, Self.isSpace(byte) { position += 1 }
        guard let last = bytes.last, let next = current, next != Self.newline else { return }
        let isNeeded =
            Self.isOfWord(last) && Self.isOfWord(next) || last == next && "+-/".utf8.contains(next)
        if isNeeded { bytes.append(UInt8(ascii: " ")) }
    }
}
