/// Pattern of a whole text: `*` stands for any characters, `?` for one, all else for itself.
///
/// Matching takes time in proportion to the text, for any pattern: all ways to match are followed side by side, as
/// bits. Bit n says that the first n tokens of the pattern match what was read.
public struct Glob: Hashable, Sendable, CustomStringConvertible {
    public static let bytesMax = 1_024

    public let description: String
    /// Tokens: the bytes of the pattern without its stars.
    private let tokenCount: Int
    private let wordCount: Int
    /// For each byte of a text, the bits of the tokens that accept it.
    private let accepting: [UInt]
    /// The bits at which a star stands: any byte leaves them set.
    private let stars: [UInt]
    /// The bits behind a `?`: further bytes of its character leave them set.
    private let afterAny: [UInt]

    /// - Throws: for an empty pattern, one that is too long, and one with control characters.
    public init(_ text: String) throws(SelectionError) {
        guard !text.isEmpty else { throw SelectionError("an empty pattern matches nothing: write * for all") }
        guard text.utf8.count <= Self.bytesMax else {
            throw SelectionError("the pattern \(text.prefix(40))… is longer than \(Self.bytesMax) bytes")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw SelectionError("a pattern has no control characters: write ? for one character of any kind")
        }
        description = text
        let tokens = text.utf8.filter { $0 != Self.star }
        tokenCount = tokens.count
        wordCount = tokens.count / UInt.bitWidth + 1
        var accepting = [UInt](repeating: 0, count: 256 * wordCount)
        var stars = [UInt](repeating: 0, count: wordCount)
        var afterAny = stars
        for (index, token) in tokens.enumerated() {
            let bytes = token == Self.any ? (0...UInt8.max).filter { !Self.continuesCharacter($0) } : [token]
            for byte in bytes { accepting[Int(byte) * wordCount + index / UInt.bitWidth].set(index) }
            if token == Self.any { afterAny[(index + 1) / UInt.bitWidth].set(index + 1) }
        }
        var before = 0
        for byte in text.utf8 {
            if byte == Self.star { stars[before / UInt.bitWidth].set(before) } else { before += 1 }
        }
        (self.accepting, self.stars, self.afterAny) = (accepting, stars, afterAny)
    }

    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt.self, capacity: wordCount) { state in
                state.initialize(repeating: 0)
                state[0] = 1
                for byte in bytes {
                    guard advance(state, by: byte) else { return false }
                }
                return state[tokenCount / UInt.bitWidth] >> UInt(tokenCount % UInt.bitWidth) & 1 == 1
            }
        }
    }

    /// - Returns: whether any way to match is left.
    private func advance(_ state: UnsafeMutableBufferPointer<UInt>, by byte: UInt8) -> Bool {
        let isWithin = Self.continuesCharacter(byte)
        var carry: UInt = 0
        var left: UInt = 0
        for word in 0..<wordCount {
            let accepted = state[word] & accepting[Int(byte) * wordCount + word]
            let staying = state[word] & (isWithin ? stars[word] | afterAny[word] : stars[word])
            state[word] = accepted << 1 | carry | staying
            carry = accepted >> UInt(UInt.bitWidth - 1)
            left |= state[word]
        }
        return left != 0
    }

    private static let star = UInt8(ascii: "*")
    private static let any = UInt8(ascii: "?")

    /// Whether it is a further byte of a character in UTF-8.
    private static func continuesCharacter(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }

    public static func == (left: Glob, right: Glob) -> Bool { left.description == right.description }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension UInt {
    fileprivate mutating func set(_ bit: Int) { self |= 1 << UInt(bit % UInt.bitWidth) }
}
