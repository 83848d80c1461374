/// Rule: a Swift file says what it is, in its first line or in the comment of its first declaration.
enum FirstLine {
    static let wordsMax = 15

    static func findings(_ file: SourceFile) -> [Finding] {
        // Package.swift begins with the version of the tools, as SwiftPM wants it.
        guard file.code != nil, file.path != "Package.swift" else { return [] }
        guard let (number, text) = comment(file) else {
            return [
                Finding(path: file.path, line: 1, rule: "firstLine", message: "no comment says what the file is")
            ]
        }
        let words = text.split(separator: " ").count
        guard words > wordsMax else { return [] }
        return [
            Finding(
                path: file.path, line: number, rule: "firstSentence",
                message: "the first sentence has \(words) words; at most \(wordsMax)")
        ]
    }

    /// The first sentence of the comment at the top, or above the first declaration, and its line.
    static func comment(_ file: SourceFile) -> (line: Int, text: String)? {
        var index = 0
        let lines = file.lines
        func isImport(_ line: Substring) -> Bool {
            let words = line.split(separator: " ")
            let attributes = ["public", "internal", "package", "private", "@preconcurrency", "@testable"]
            let first = words.first { word in !attributes.contains { word.hasPrefix($0) } }
            return first == "import" || words.isEmpty || line.hasPrefix("#if") || line.hasPrefix("#else")
                || line.hasPrefix("#endif")
        }
        while index < lines.count, isImport(lines[index]) { index += 1 }
        let start = index
        var sentence = ""
        while index < lines.count, lines[index].hasPrefix("//") {
            sentence += (sentence.isEmpty ? "" : " ") + lines[index].drop { $0 == "/" }.drop { $0 == " " }
            index += 1
        }
        guard !sentence.isEmpty else { return nil }
        let end = sentence.firstRange(of: #/[.:;]( |$)/#)?.lowerBound ?? sentence.endIndex
        return (start + 1, String(sentence[..<end]))
    }
}
