/// Shell script that completes a program's commands and options, from its command table.
public enum CompletionScript {
    public enum Shell: String, Sendable, CaseIterable {
        case bash, zsh, fish
    }

    /// - Returns: text for the shell to read; it ends with a line end.
    public static func text(for program: Command, _ shell: Shell) -> String {
        let contexts = CompletionContext.all(in: program)
        switch shell {
        case .bash: return BashCompletion(program: program.name, contexts: contexts).text
        case .zsh: return ZshCompletion(program: program.name, contexts: contexts).text
        case .fish: return FishCompletion(program: program.name, contexts: contexts).text
        }
    }
}

/// What may be typed at one place of the command line: behind the program's name, or behind a command.
struct CompletionContext {
    struct Word {
        let name: String
        let help: String
    }

    /// `/topics/apply`; empty behind the program's name.
    let path: String
    /// Commands below, or the choices of the first argument.
    let words: [Word]
    /// The commands alone, which lead to another place.
    let commands: [String]
    /// All that count here, those of the commands above included.
    let options: [CommandOption]

    /// Every place, the program's own first.
    static func all(in program: Command) -> [CompletionContext] {
        let subjects = program.commands.map { Word(name: $0.name, help: $0.summary) }
        return below(program, path: "", inherited: [], subjectsOfHelp: subjects)
    }

    private static func below(
        _ command: Command, path: String, inherited: [CommandOption], subjectsOfHelp: [Word]
    ) -> [CompletionContext] {
        let options = inherited + command.options
        var words = command.commands.map { Word(name: $0.name, help: $0.summary) }
        if let first = command.positionals.first {
            words = first.choices.map { Word(name: $0, help: first.help) }
            if path == "/\(Command.help.name)" { words = subjectsOfHelp }
        }
        let context = CompletionContext(
            path: path, words: words, commands: command.commands.map(\.name),
            options: options + (command.optionsAlone ?? []) + [CommandOption.help])
        return [context]
            + command.commands.flatMap {
                below($0, path: "\(path)/\($0.name)", inherited: options, subjectsOfHelp: subjectsOfHelp)
            }
    }
}

extension CommandOption {
    /// Its value is the name of a file.
    var acceptsFile: Bool { value == "FILE" }

    /// As it is typed: `--name`, and `-n` where it has one.
    var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }
}

extension [CompletionContext] {
    /// Every option that takes a value, at whatever place, once. An option means the same wherever it stands.
    var valuedOptions: [CommandOption] {
        var seen: Set<String> = []
        return flatMap(\.options).filter { $0.value != nil && seen.insert($0.name).inserted }
    }

    /// The paths that lead on, such as `/topics/apply`.
    var paths: [String] { map(\.path).filter { !$0.isEmpty } }
}

extension String {
    /// In single quotes, as bash and zsh read it.
    var shellQuoted: String {
        "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// A name that may stand in a shell function's name.
    var functionName: String { String(map { $0.isLetter || $0.isNumber ? $0 : "_" }) }
}
