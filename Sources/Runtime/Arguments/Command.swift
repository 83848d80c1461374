/// One command of the command line, declared: what it is called, what it takes, what stands below it.
public struct Command: Sendable {
    public let name: String
    /// One line for the list of commands, without a full stop.
    public let summary: String
    /// Paragraphs for the command's own help; empty for none.
    public let details: String
    /// Taken by this command and all below it.
    public let options: [CommandOption]
    public let positionals: [CommandPositional]
    public let commands: [Command]
    /// Taken by this command where none of those below it is named; nil where one of them must be.
    public let optionsAlone: [CommandOption]?

    public init(
        _ name: String, summary: String, details: String = "", options: [CommandOption] = [],
        positionals: [CommandPositional] = [], commands: [Command] = [], optionsAlone: [CommandOption]? = nil
    ) {
        self.name = name
        self.summary = summary
        self.details = details
        self.options = options
        self.positionals = positionals
        self.commands = commands
        self.optionsAlone = optionsAlone
        precondition(commands.isEmpty || positionals.isEmpty, "\(name) can't take both commands and arguments")
        precondition(
            positionals.dropLast().allSatisfy { !$0.isRepeated }, "only the last argument of \(name) can be repeated")
    }

    /// `help [COMMAND...]`, to be declared among a program's commands.
    public static let help = Command(
        "help", summary: "Show the help of a command, or this list",
        positionals: [
            CommandPositional(
                helpSubject, isOptional: true, isRepeated: true, help: "The command, such as topics apply")
        ])

    static let helpSubject = "COMMAND"
}

/// `--name`, `--name VALUE`.
public struct CommandOption: Sendable {
    /// Without dashes.
    public let name: String
    /// For `-n`.
    public let short: Character?
    /// What the help calls the value, such as `HOST:PORT`; nil for an option that takes none.
    public let value: String?
    /// The only values there are; empty for any.
    public let choices: [String]
    public let isRepeated: Bool
    public let help: String

    /// An option without a value: it is given or not.
    public init(_ name: String, short: Character? = nil, help: String) {
        self.init(name, short: short, value: nil, choices: [], isRepeated: false, help: help)
    }

    /// An option with a value.
    public init(
        _ name: String, short: Character? = nil, value: String, choices: [String] = [], isRepeated: Bool = false,
        help: String
    ) {
        self.init(name, short: short, value: .some(value), choices: choices, isRepeated: isRepeated, help: help)
    }

    /// The flag of a setting; nil when it has none. The help names its other sources.
    ///
    /// - Parameter value: what the help calls the value; `FILE` lets shells complete files.
    public init?(_ key: ConfigurationKey, value: String = "VALUE") {
        guard let flag = key.flag else { return nil }
        var details = key.environment.map { ["environment \($0)"] } ?? []
        if let text = key.default, !text.isEmpty, !key.isSecret { details.append("default \(text)") }
        let help = details.isEmpty ? key.help : "\(key.help) (\(details.joined(separator: "; ")))"
        self.init(flag, value: value, help: help)
    }

    private init(
        _ name: String, short: Character?, value: String?, choices: [String], isRepeated: Bool, help: String
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.choices = choices
        self.isRepeated = isRepeated
        self.help = help
    }

    static let help = CommandOption("help", short: "h", help: "Show this help")

    /// To be declared among a program's options.
    public static let version = CommandOption("version", short: "V", help: "Show the version")
}

/// An argument known by its place.
public struct CommandPositional: Sendable {
    /// As the help writes it: `ID`.
    public let name: String
    public let isOptional: Bool
    /// Takes all that follow; one at least unless it is optional.
    public let isRepeated: Bool
    /// The only values there are; empty for any.
    public let choices: [String]
    public let help: String

    public init(
        _ name: String, isOptional: Bool = false, isRepeated: Bool = false, choices: [String] = [], help: String
    ) {
        self.name = name
        self.choices = choices
        self.isOptional = isOptional
        self.isRepeated = isRepeated
        self.help = help
    }
}
