/// Walks the words of a command line once, from left to right.
struct ArgumentParser {
    private let program: Command
    private var command: Command
    /// Options of the commands on the way count below them.
    private var options: [CommandOption]
    private var names: [String]
    private var result = Arguments()
    private var loose: [String] = []
    private var asked: Asked?

    /// What is answered at once, whatever else stands on the command line.
    private enum Asked {
        case help, version
    }

    init(program: Command) {
        self.program = program
        command = program
        options = program.options
        names = [program.name]
    }

    mutating func parse(_ words: [String], width: Int) throws(UsageError) -> Arguments.Outcome {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                loose.append(contentsOf: rest)
                break
            } else if word.hasPrefix("--") {
                try longOption(word.dropFirst(2), &rest)
            } else if word.hasPrefix("-") && word.count > 1 {
                try shortOption(word, &rest)
            } else if !command.commands.isEmpty {
                try enter(word)
            } else {
                loose.append(word)
            }
            switch asked {
            case .help: return .help(helpText(width))
            case .version: return .version
            case nil: continue
            }
        }
        guard command.commands.isEmpty || (command.optionsAlone != nil && loose.isEmpty) else {
            throw error(
                loose.first.map { "\($0.quoted()) is unexpected here" }
                    ?? "which command? One of " + command.commands.map(\.name).joined(separator: ", "))
        }
        try bindPositionals(loose)
        if result.path == [Command.help.name] {
            return .help(try Self.help(on: result.positionals(Command.helpSubject), of: program, width))
        }
        return .run(result)
    }

    private func helpText(_ width: Int) -> String {
        HelpText(command, names: names, options: options + (command.optionsAlone ?? []), width: width).text
    }

    /// The help of the command that the words lead to.
    private static func help(on words: [String], of program: Command, _ width: Int) throws(UsageError) -> String {
        var walker = ArgumentParser(program: program)
        for word in words { try walker.enter(word) }
        return walker.helpText(width)
    }

    private mutating func enter(_ word: String) throws(UsageError) {
        guard let next = command.commands.first(where: { $0.name == word }) else {
            throw error("there is no command \(word.quoted())" + meant(word, command.commands.map(\.name)))
        }
        if let given = command.optionsAlone?.first(where: { result.options[$0.name] != nil }) {
            throw error("--\(given.name) is for \(names.joined(separator: " ")) alone, without \(next.name)")
        }
        command = next
        options += next.options
        names.append(next.name)
        result.path.append(next.name)
    }

    private mutating func longOption(
        _ text: Substring, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = known.first(where: { $0.name == name }) else {
            let candidates = known.map { "--\($0.name)" }
            throw error("there is no option \("--\(name)".quoted())" + meant("--\(name)", candidates))
        }
        try readOption(option, inline: parts.count == 2 ? String(parts[1]) : nil, &rest)
    }

    private mutating func shortOption(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let characters = word.dropFirst()
        guard let option = known.first(where: { $0.short == characters.first }) else {
            throw error("there is no option \(word.quoted())" + meant("-\(word)", known.map { "--\($0.name)" }))
        }
        var inline: String?
        if characters.count > 1 {
            let value = characters.dropFirst()
            guard value.first == "=" || option.value != nil else {
                throw error("\(word.quoted()) is not one option; write short options one by one")
            }
            inline = String(value.first == "=" ? value.dropFirst() : value)
        }
        try readOption(option, inline: inline, &rest)
    }

    private mutating func readOption(
        _ option: CommandOption, inline: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        if option.name == CommandOption.help.name {
            asked = .help
            return
        }
        if option.name == CommandOption.version.name {
            asked = .version
            return
        }
        let value = try value(of: option, inline: inline, &rest)
        if !option.isRepeated && result.options[option.name] != nil {
            throw error("--\(option.name) is given twice")
        }
        result.options[option.name, default: []].append(value)
    }

    private func value(
        of option: CommandOption, inline: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let placeholder = option.value else {
            let value = inline ?? "true"
            guard ["true", "false"].contains(value) else {
                throw error("--\(option.name) takes no value, or true or false, not \(value.quoted())")
            }
            return value
        }
        var found = inline
        if found == nil, let next = rest.first, !next.hasPrefix("--") { found = rest.removeFirst() }
        guard let value = found else { throw error("--\(option.name) needs a value: --\(option.name) \(placeholder)") }
        guard option.choices.isEmpty || option.choices.contains(value) else {
            throw error(
                "--\(option.name) is one of " + option.choices.joined(separator: ", ") + ", not \(value.quoted())"
                    + meant(value, option.choices))
        }
        return value
    }

    /// Gives the loose words to the positionals, in order.
    private mutating func bindPositionals(_ words: [String]) throws(UsageError) {
        var rest = words[...]
        for positional in command.positionals {
            let taken = positional.isRepeated ? rest : rest.prefix(1)
            rest = rest.dropFirst(taken.count)
            guard !taken.isEmpty || positional.isOptional else {
                let meaning = positional.choices.isEmpty ? positional.help : positional.choices.joined(separator: ", ")
                throw error("\(positional.name) is missing: \(meaning)")
            }
            for word in taken where !positional.choices.isEmpty && !positional.choices.contains(word) {
                throw error(
                    "\(positional.name) is one of " + positional.choices.joined(separator: ", ")
                        + ", not \(word.quoted())" + meant(word, positional.choices))
            }
            result.positionals[positional.name] = Array(taken)
        }
        if let extra = rest.first { throw error("\(extra.quoted()) is one argument too many") }
    }

    private var known: [CommandOption] { options + (command.optionsAlone ?? []) + [CommandOption.help] }

    private func meant(_ word: String, _ candidates: [String]) -> String {
        NearestName.find(word, in: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    private func error(_ problem: String) -> UsageError {
        UsageError(problem, command: names.joined(separator: " "))
    }
}
