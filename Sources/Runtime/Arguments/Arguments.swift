/// What a command line said.
public struct Arguments: Sendable {
    /// The commands below the program, such as `["topics", "apply"]`.
    public internal(set) var path: [String] = []
    var options: [String: [String]] = [:]
    var positionals: [String: [String]] = [:]

    /// What to do with a command line.
    public enum Outcome: Sendable {
        case run(Arguments)
        /// Help was asked for: print this to standard output and end with `ok`.
        case help(String)
        /// `--version` was given, where the program declares it.
        case version
    }

    /// - Parameters:
    ///   - words: without the program's own name.
    ///   - width: columns for a help text.
    public static func parse(
        _ words: [String], for program: Command, width: Int = Terminal.helpWidth
    ) throws(UsageError) -> Outcome {
        var parser = ArgumentParser(program: program)
        return try parser.parse(words, width: width)
    }

    /// Whether an option without a value was given.
    public func has(_ option: String) -> Bool { options[option]?.last == "true" }

    /// The value of an option; of a repeated one the last.
    public func value(_ option: String) -> String? { options[option]?.last }

    public func values(_ option: String) -> [String] { options[option] ?? [] }

    public func positional(_ name: String) -> String? { positionals[name]?.first }

    public func positionals(_ name: String) -> [String] { positionals[name] ?? [] }

    /// For `ConfigurationSources`: each option that was given, repeated values with commas between them.
    public var flags: [String: String] { options.mapValues { $0.joined(separator: ",") } }
}
