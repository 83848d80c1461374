import Foundation
import Kafka
import Runtime

/// From the words of the command line to an exit code.
enum Program {
    static func run(_ words: [String]) -> ExitCode {
        do {
            switch try Arguments.parse(words, for: CommandTree.program) {
            case .help(let text): Output.text(text)
            case .version: Output.text("cachesync \(ProgramVersion.text)")
            case .run(let arguments): return Output.exitCode(try run(arguments))
            }
            return Output.exitCode(.ok)
        } catch {
            Output.failure(error)
            if let hint = (error as? KafkaError)?.hint { Output.notice(hint) }
            return (error as? any ExitCodeError)?.exitCode ?? .failure
        }
    }

    private static func run(_ arguments: Arguments) throws -> ExitCode {
        // Needs no settings, and must work where they are wrong.
        if arguments.path == ["completion"] { return CompletionCommand(arguments).run() }
        let settings = try Settings(arguments)
        switch arguments.path {
        case ["up"]: return try UpCommand(settings).run()
        case ["gateway"]: return try RoleCommands(settings).gateway()
        case ["worker"]: return try RoleCommands(settings).worker()
        case ["projector"]: return try RoleCommands(settings).projector(isRebuild: arguments.has("rebuild"))
        case ["publish"]: return try PublishCommand(settings, arguments).run()
        case ["status"]: return try StatusCommand(settings, arguments).run()
        case ["topics", "list"]: return TopicsCommand(settings, arguments).list()
        case ["topics", "apply"]: return try TopicsCommand(settings, arguments).apply()
        case ["topics", "check"]: return try TopicsCommand(settings, arguments).check()
        case ["edges", "list"]: return try EdgesCommand(settings, arguments).list()
        case ["edges", "check"]: return try EdgesCommand(settings, arguments).check()
        case ["simulate"]: return try SimulateCommand(settings, arguments).run()
        case ["doctor"]: return DoctorCommand(settings, arguments).run()
        default: preconditionFailure("\(arguments.path) is declared and not carried out")
        }
    }
}
