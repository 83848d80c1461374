import Foundation
import Kafka
import Replays
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
        case ["cache"]: return try RoleCommands(settings).cache()
        case ["cache", "get"]: return try CacheCommand(settings, arguments).get()
        case ["cache", "set"]: return try CacheCommand(settings, arguments).set()
        case ["cache", "delete"]: return try CacheCommand(settings, arguments).delete()
        case ["cache", "invalidate"]: return try CacheCommand(settings, arguments).invalidate()
        case ["cache", "stats"]: return try CacheCommand(settings, arguments).stats()
        case ["cache", "dead", "list"]: return try DeadWritesCommand(settings, arguments).list()
        case ["cache", "dead", "redrive"]: return try DeadWritesCommand(settings, arguments).redrive()
        case ["cache", "dead", "discard"]: return try DeadWritesCommand(settings, arguments).discard()
        case ["rollout", "status"]: return try RolloutCommand(settings, arguments).status()
        case ["rollout", "back"]: return try RolloutCommand(settings, arguments).back()
        case ["rollout", "shadow"], ["rollout", "canary"], ["rollout", "writes"], ["rollout", "cutover"]:
            return try RolloutCommand(settings, arguments).change(arguments.path[1])
        case ["bridge"]: return try RoleCommands(settings).bridge()
        case ["publish"]: return try PublishCommand(settings, arguments).run()
        case ["status"]: return try StatusCommand(settings, arguments).run()
        case ["topics", "list"]: return TopicsCommand(settings, arguments).list()
        case ["topics", "apply"]: return try TopicsCommand(settings, arguments).apply()
        case ["topics", "check"]: return try TopicsCommand(settings, arguments).check()
        case ["edges", "list"]: return try EdgesCommand(settings, arguments).list()
        case ["edges", "check"]: return try EdgesCommand(settings, arguments).check()
        case ["audit"]: return try AuditCommand(settings, arguments).run()
        case ["keys", "create"]: return try KeysCommand(settings, arguments).create()
        case ["keys", "list"]: return try KeysCommand(settings, arguments).list()
        case ["keys", "rotate"]: return try KeysCommand(settings, arguments).rotate()
        case ["keys", "revoke"]: return try KeysCommand(settings, arguments).revoke()
        case ["replay", "plan"]: return try ReplayCommand(settings, arguments).plan()
        case ["replay", "run"]: return try ReplayCommand(settings, arguments).startRun()
        case ["replay", "list"]: return try ReplayCommand(settings, arguments).list()
        case ["replay", "show"]: return try ReplayCommand(settings, arguments).show()
        case ["replay", "pause"]: return try ReplayCommand(settings, arguments).change(to: .paused)
        case ["replay", "resume"]: return try ReplayCommand(settings, arguments).change(to: .running)
        case ["replay", "cancel"]: return try ReplayCommand(settings, arguments).change(to: .cancelled)
        case ["dead", "list"]: return try DeadCommand(settings, arguments).list()
        case ["dead", "show"]: return try DeadCommand(settings, arguments).show()
        case ["dead", "export"]: return try DeadCommand(settings, arguments).export()
        case ["dead", "redrive"]: return try DeadCommand(settings, arguments).redrive()
        case ["dead", "discard"]: return try DeadCommand(settings, arguments).discard()
        case ["simulate"]: return try SimulateCommand(settings, arguments).run()
        case ["doctor"]: return DoctorCommand(settings, arguments).run()
        default: preconditionFailure("\(arguments.path) is declared and not carried out")
        }
    }
}
