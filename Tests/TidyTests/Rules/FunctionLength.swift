/// Rule: a function has at most 70 lines.
enum FunctionLength {
    static let linesMax = 70

    static func findings(_ file: SourceFile) -> [Finding] {
        guard let code = file.code else { return [] }
        var findings: [Finding] = []
        for (text, offset) in code.identifiers where ["func", "init", "deinit", "subscript"].contains(text) {
            // `self.init(`, `.init(` and `super.init(` call; only what begins a declaration has a body of its own.
            if offset > 0, code.bytes[offset - 1] == UInt8(ascii: ".") { continue }
            guard let open = code.firstBrace(from: offset), let close = code.closing(open) else { continue }
            let line = code.line(at: offset)
            let length = code.line(at: close) - line + 1
            guard length > linesMax else { continue }
            findings.append(
                Finding(
                    path: file.path, line: line, rule: "functionLength",
                    message: "a function of \(length) lines; at most \(linesMax)"))
        }
        return findings
    }
}
