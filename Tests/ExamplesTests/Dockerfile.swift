import Foundation

/// A Dockerfile as far as the image's tests need it: its stages with what they copy and run.
struct Dockerfile {
    struct Stage {
        let base: String
        let name: String
        var workingDirectory = "/"
        /// Of the build context; what is copied from other stages is left out.
        var copies: [(sources: [String], target: String)] = []
        var commands: [String] = []
    }

    private(set) var stages: [Stage] = []

    /// - Parameter text: of the file. Lines that end with a backslash go on in the next.
    init(_ text: String) {
        let joined = text.replacing(#/\\\n\s*/#, with: " ")
        for line in joined.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let remainder = words.dropFirst().joined(separator: " ")
            switch words.first {
            case "FROM": stages.append(Stage(base: words[1], name: words.last ?? ""))
            case "WORKDIR": stages[stages.count - 1].workingDirectory = remainder
            case "RUN": stages[stages.count - 1].commands.append(remainder)
            case "COPY" where !remainder.hasPrefix("--from"):
                stages[stages.count - 1].copies.append((Array(words[1..<(words.count - 1)]), words[words.count - 1]))
            default: break
            }
        }
    }

    func stage(_ name: String) -> Stage? { stages.first { $0.name == name } }
}

/// Which files of a folder belong to the build context: the last rule that fits decides.
struct DockerIgnore {
    private let rules: [(pattern: String, isExcluded: Bool)]

    init(_ text: String) {
        rules = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            line.hasPrefix("!") ? (String(line.dropFirst()), false) : (String(line), true)
        }
    }

    /// - Parameter path: from the folder.
    func accepts(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        // A rule for a folder is one for all that is in it.
        let names = parts.indices.map { parts[...$0].joined(separator: "/") }
        return rules.last { rule in names.contains { fnmatch(rule.pattern, $0, FNM_PATHNAME) == 0 } }
            .map { !$0.isExcluded } ?? true
    }
}
