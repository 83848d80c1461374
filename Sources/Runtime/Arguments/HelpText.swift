/// Writes the help of one command.
struct HelpText {
    private static let indent = "  "
    /// Names longer than this get a line of their own.
    private static let nameWidthMax = 28

    private let command: Command
    private let names: [String]
    private let options: [CommandOption]
    private let width: Int

    init(_ command: Command, names: [String], options: [CommandOption], width: Int) {
        self.command = command
        self.names = names
        self.options = options
        self.width = width
    }

    var text: String {
        var parts = ["Usage: \(usage)\n", "\(command.summary).\n"]
        if !command.details.isEmpty { parts.append(paragraphs(command.details)) }
        parts.append(section("Commands", command.commands.map { ($0.name, $0.summary) }))
        parts.append(section("Arguments", command.positionals.map { ($0.name, Self.right($0)) }))
        parts.append(section("Options", (options + [CommandOption.help]).map { (Self.left($0), Self.right($0)) }))
        if names.count == 1 {
            parts.append(section("Exit codes", ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }))
            if !command.commands.isEmpty { parts.append("`\(names[0]) COMMAND --help` says more about each.\n") }
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var usage: String {
        var words = names
        if !command.commands.isEmpty { words.append(command.optionsAlone == nil ? "COMMAND" : "[COMMAND]") }
        words.append("[OPTIONS]")
        words += command.positionals.map { positional in
            let name = positional.name + (positional.isRepeated ? "..." : "")
            return positional.isOptional ? "[\(name)]" : name
        }
        return words.joined(separator: " ")
    }

    private func paragraphs(_ text: String) -> String {
        text.wrapped(to: width).joined(separator: "\n") + "\n"
    }

    /// Names on the left, their help wrapped beside them.
    private func section(_ title: String, _ rows: [(name: String, help: String)]) -> String {
        if rows.isEmpty { return "" }
        let nameWidth = min(rows.map(\.name.count).max() ?? 0, Self.nameWidthMax)
        let margin = String(repeating: " ", count: Self.indent.count + nameWidth + 2)
        var lines = ["\(title):"]
        for (name, help) in rows {
            var helpLines = help.wrapped(to: width - margin.count)[...]
            if name.count <= nameWidth {
                let first = helpLines.popFirst() ?? ""
                lines.append(Self.indent + name.padded(to: nameWidth) + "  " + first)
            } else {
                lines.append(Self.indent + name)
            }
            lines += helpLines.map { margin + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func left(_ option: CommandOption) -> String {
        let short = option.short.map { "-\($0), " } ?? "    "
        return short + "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
    }

    private static func right(_ positional: CommandPositional) -> String {
        positional.choices.isEmpty
            ? positional.help : positional.help + ": " + positional.choices.joined(separator: ", ")
    }

    private static func right(_ option: CommandOption) -> String {
        var help = option.help
        if !option.choices.isEmpty { help += ": " + option.choices.joined(separator: ", ") }
        if option.isRepeated { help += " (may be repeated)" }
        return help
    }
}
