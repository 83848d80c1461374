import Runtime

/// Prints what lets a shell complete this program's commands.
struct CompletionCommand {
    static let shell = "SHELL"

    private let arguments: Arguments

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    func run() -> ExitCode {
        // The parser lets none but these through.
        guard let shell = arguments.positional(Self.shell).flatMap(CompletionScript.Shell.init) else { return .usage }
        Output.text(CompletionScript.text(for: CommandTree.program, shell))
        return .ok
    }
}
