import Foundation
import Invalidations
import JSON
import Runtime

/// Shows one request or the list of them, once or as they change.
struct StatusCommand {
    /// Options of the list alone.
    private static let ofList = RequestList.filterOptions + ["limit", "after"]

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        let timeout = try RequestFollower.timeout(arguments)
        if timeout != nil && !arguments.has("watch") { throw refusal("--timeout is for --watch") }
        guard let id = arguments.positional("ID") else { return try list(timeout: timeout) }
        if let kind = StatusNumbers.Kind(rawValue: id) { return try show(kind) }
        guard RequestID(id) != nil else { throw refusal("\(id) is no request id; `cachesync publish` prints one") }
        if let other = Self.ofList.first(where: { arguments.value($0) != nil }) {
            throw refusal("--\(other) is for the list, without an ID")
        }
        let client = try GatewayClient(settings)
        let state: RequestState
        if arguments.has("watch") {
            let follower = RequestFollower(
                client: client, timeout: timeout ?? RequestFollower.defaultTimeout, usesStream: true)
            state = try follower.follow(id, isQuiet: settings.isJSON)
        } else {
            state = try RequestState(client.call("GET", "/status/\(id)", timeout: .seconds(10)))
        }
        if settings.isJSON { Output.json(state.document) } else { Output.text(state.text) }
        return RequestFollower.exitCode(state)
    }

    private func show(_ kind: StatusNumbers.Kind) throws -> ExitCode {
        if arguments.has("watch") { throw refusal("--watch is for a request or the list") }
        if let other = Self.ofList.first(where: { arguments.value($0) != nil && !kind.options.contains($0) }) {
            throw refusal("--\(other) says nothing to \(kind)")
        }
        return try StatusNumbers(kind: kind, client: GatewayClient(settings), isJSON: settings.isJSON).run(arguments)
    }

    private func list(timeout: Duration?) throws -> ExitCode {
        let list = try RequestList(GatewayClient(settings), arguments)
        if arguments.has("watch") {
            guard arguments.value("after") == nil else { throw refusal("--watch shows the newest, without --after") }
            let bell = try ListBell(settings, namespace: arguments.value("namespace"))
            return try ListWatch(list: list, bell: bell, timeout: timeout, isJSON: settings.isJSON).run()
        }
        let (requests, next) = try list.fetch()
        if settings.isJSON {
            var output = JSONList()
            for request in requests { output.add { $0.raw(request.document) } }
            output.show()
        } else {
            Output.text(requests.isEmpty ? "no requests" : requests.map(\.line).joined(separator: "\n"))
        }
        if let next { Output.notice("there are more: cachesync status --after \(next)\(restOfCommand)") }
        return .ok
    }

    /// What makes the next page one of the same list.
    private var restOfCommand: String {
        (RequestList.filterOptions + ["limit", "gateway", "config"]).compactMap { name in
            arguments.value(name).map { " --\(name) \($0)" }
        }.joined() + (settings.isJSON ? " --json" : "")
    }

    private func refusal(_ problem: String) -> UsageError {
        UsageError(problem, command: "cachesync status")
    }
}
