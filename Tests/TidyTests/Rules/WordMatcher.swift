/// Finds the banned words of a file.
struct WordMatcher {
    private struct Form {
        var word: BannedWord
        var parts: [String]
    }

    private let wireNames: [String]
    private var byFirstPart: [String: [Form]] = [:]
    private var identifiers: [String: BannedWord] = [:]
    private var functions: [String: BannedWord] = [:]

    init(_ words: [BannedWord], wireNames: [String]) {
        self.wireNames = wireNames
        for word in words {
            for form in word.forms {
                switch word.match {
                case .identifier: identifiers[form] = word
                case .function: functions[form] = word
                case .anywhere, .inCode:
                    let parts = form.split(separator: " ").map(String.init)
                    byFirstPart[parts[0], default: []].append(Form(word: word, parts: parts))
                }
            }
        }
    }

    func findings(_ file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        for (index, line) in file.lines.enumerated() {
            var text = String(line)
            for name in wireNames where text.contains(name) { text = text.replacing(name, with: " ") }
            var found = matches(text[...], isCode: false)
            if let code = file.code, index < code.lines.count { found += matches(code.lines[index], isCode: true) }
            for word in found {
                findings.append(
                    Finding(
                        path: file.path, line: index + 1, rule: word.name,
                        message: "\"\(word.forms[0])\": say \(word.instead)"))
            }
        }
        return findings
    }

    private func matches(_ line: Substring, isCode: Bool) -> [BannedWord] {
        let parts = WordParts(line).parts
        var found: [BannedWord] = []
        for (index, part) in parts.enumerated() {
            for form in byFirstPart[part.text] ?? [] where (form.word.match == .inCode) == isCode {
                if matches(form, parts, index) { found.append(form.word) }
            }
            let beginsWhole = index == 0 || parts[index - 1].whole.startIndex != part.whole.startIndex
            guard isCode, beginsWhole else { continue }
            if let word = identifiers[String(part.whole)] { found.append(word) }
            if index > 0, parts[index - 1].whole == "func", let word = functions[String(part.whole)] {
                found.append(word)
            }
        }
        return found
    }

    private func matches(_ form: Form, _ parts: [WordParts.Part], _ start: Int) -> Bool {
        guard start + form.parts.count <= parts.count else { return false }
        for (offset, text) in form.parts.enumerated() {
            let part = parts[start + offset]
            guard part.text == text, offset == 0 || part.continuesPhrase else { return false }
        }
        guard let allowed = form.word.allowedAfter, start > 0 else { return true }
        return !(parts[start - 1].text == allowed && parts[start].continuesPhrase)
    }
}
