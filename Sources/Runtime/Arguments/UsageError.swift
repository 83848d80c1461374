/// The command line can't be understood. The description ends with where to read on.
public struct UsageError: ExitCodeError, CustomStringConvertible, Equatable {
    public let problem: String
    /// The command that was meant, such as `cachesync publish`.
    public let command: String

    public init(_ problem: String, command: String) {
        self.problem = problem
        self.command = command
    }

    public var exitCode: ExitCode { .usage }
    public var description: String { "\(problem)\n`\(command) --help` says more." }
}
