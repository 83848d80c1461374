/// Rules that look at one line: length, `try!`, `fatalError`.
enum LineRules {
    static let lengthMax = 120

    static func findings(_ file: SourceFile) -> [Finding] {
        var findings: [Finding] = []
        let isData = [".json", ".pem"].contains { file.path.hasSuffix($0) }
        for (index, line) in file.lines.enumerated() where !isData && line.count > lengthMax {
            // A row of a table and a link can't be broken.
            let isTable = file.path.hasSuffix(".md") && line.hasPrefix("|")
            let isLink = line.contains("](") || line.contains("://")
            if isTable || isLink { continue }
            findings.append(
                Finding(
                    path: file.path, line: index + 1, rule: "lineLength",
                    message: "\(line.count) characters; at most \(lengthMax)"))
        }
        guard let code = file.code else { return findings }
        for (index, line) in code.lines.enumerated() {
            if line.contains("try!") {
                findings.append(
                    Finding(path: file.path, line: index + 1, rule: "try!", message: "handle the error, or pass it on"))
            }
            if calls("fatalError", line) {
                findings.append(
                    Finding(
                        path: file.path, line: index + 1, rule: "fatalError",
                        message: "throw, or state a precondition; nothing from outside may trap"))
            }
        }
        return findings
    }

    /// Whether the line calls the free function, not a member of that name.
    private static func calls(_ function: String, _ line: Substring) -> Bool {
        line.ranges(of: "\(function)(").contains { range in
            guard let before = line[..<range.lowerBound].last else { return true }
            return before != "." && before != "_" && !before.isLetter
        }
    }
}
