import Foundation
import TestSupport
import Testing

/// The commands that the documents name, as this build understands them.
struct DocumentedCommandsTests {
    private static let documents = [
        "README.md", "Topics/README.md", "Examples/edges/README.md", "Examples/cachesync.yaml", "docker-compose.yml",
        "Sources/Invalidations/Invalidations.docc/HowTheCoreDecides.md",
    ]

    /// What begins a line or stands in backquotes; a comment behind it is none of it.
    private static func commands(in text: String) -> [String] {
        let lines = text.matches(of: #/(?:^|\n)cachesync +([^\n#`]*)/#).map { String($0.output.1) }
        let quoted = text.matches(of: #/`cachesync ([^`]*)`/#).map { String($0.output.1) }
        return (lines + quoted).map { command in
            // What is piped elsewhere is the shell's business.
            String(command.prefix { $0 != "|" }).replacing("\n", with: " ")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: documents)
    func everyCommandIsUnderstood(_ document: String) throws {
        let text = try String(contentsOfFile: "\(Example.checkout)/\(document)", encoding: .utf8)
        let commands = Set(Self.commands(in: text))
        #expect(document != "README.md" || commands.count >= 10)
        for command in commands {
            let words = command.split(separator: " ").map { String($0).trimmingCharacters(in: ["'", "\""]) }
            // Placeholders in capitals stand for commands, too.
            guard words.first != "COMMAND", !words.contains("help") else { continue }
            let result = try BuiltCommand.run(words + ["--help"])
            #expect(result.exitCode == 0, "\(document): cachesync \(command): \(result.output)")
        }
    }
}
