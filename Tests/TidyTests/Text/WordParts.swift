/// The words of a line, with camel-case identifiers split into their parts.
struct WordParts {
    struct Part: Equatable {
        /// In lower case.
        var text: String
        /// The whole identifier or prose word that it is a part of, as written.
        var whole: Substring
        /// A phrase runs on over camel case, spaces, hyphens and underscores, and over nothing else.
        var continuesPhrase: Bool
    }

    let parts: [Part]

    init(_ line: Substring) {
        var parts: [Part] = []
        var gapIsPlain = false
        var rest = line
        while let start = rest.firstIndex(where: Self.isWord) {
            gapIsPlain = gapIsPlain && rest[..<start].allSatisfy { $0 == " " || $0 == "-" }
            let end = rest[start...].firstIndex { !Self.isWord($0) } ?? rest.endIndex
            let whole = rest[start..<end]
            for text in Self.split(whole) {
                parts.append(Part(text: text, whole: whole, continuesPhrase: gapIsPlain))
                gapIsPlain = true
            }
            rest = rest[end...]
        }
        self.parts = parts
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }

    /// `HTTPServerCore_max` is `http`, `server`, `core`, `max`.
    static func split(_ identifier: Substring) -> [String] {
        var parts: [String] = []
        var part = ""
        let characters = Array(identifier)
        for (index, character) in characters.enumerated() {
            if character == "_" {
                if !part.isEmpty { parts.append(part) }
                part = ""
                continue
            }
            let endsAcronym = index + 1 < characters.count && characters[index + 1].isLowercase
            let previousIsUpper = index > 0 && characters[index - 1].isUppercase
            if character.isUppercase, !part.isEmpty, !previousIsUpper || endsAcronym {
                parts.append(part)
                part = ""
            }
            part += character.lowercased()
        }
        if !part.isEmpty { parts.append(part) }
        return parts
    }
}
