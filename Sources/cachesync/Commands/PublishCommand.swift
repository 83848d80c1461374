import Foundation
import Invalidations
import JSON
import Runtime

struct PublishCommand {
    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        let client = try GatewayClient(settings)
        let timeout = try RequestFollower.timeout(arguments)
        var headers: [(String, String)] = []
        if let key = arguments.value("key") { headers.append(("Idempotency-Key", key)) }
        let accepted = try RequestState(
            client.call("POST", "/invalidate", body: try body(), headers: headers, timeout: .seconds(60)))
        guard arguments.has("wait") else { return show(accepted) }
        let ended = try RequestFollower(client: client, timeout: timeout).follow(accepted.id, isQuiet: settings.isJSON)
        _ = show(ended)
        return RequestFollower.exitCode(ended)
    }

    private func show(_ state: RequestState) -> ExitCode {
        if settings.isJSON { Output.json(state.document) } else { Output.text(state.text) }
        return .ok
    }

    private func body() throws -> [UInt8] {
        let lists = [
            ("tags", arguments.values("tag")), ("urls", arguments.values("url")),
            ("prefixes", arguments.values("prefix")),
        ]
        let cancels = try cancelled(isSelecting: arguments.has("everything") || lists.contains { !$0.1.isEmpty })
        var writer = JSONWriter()
        writer.beginObject()
        if let namespace = arguments.value("namespace") { writer.member("namespace", namespace) }
        for (name, entries) in lists where !entries.isEmpty {
            writer.key(name)
            writer.beginArray()
            for entry in entries { writer.string(entry) }
            writer.endArray()
        }
        if arguments.has("everything") { writer.member("everything", true) }
        if arguments.has("soft") { writer.member("mode", PurgeMode.soft.rawValue) }
        if let priority = arguments.value("priority") { writer.member("priority", priority) }
        if let cancels { writer.member("cancels", cancels.text) }
        writer.endObject()
        return writer.bytes
    }

    /// The request to call off; nil where something is to be purged instead.
    private func cancelled(isSelecting: Bool) throws -> RequestID? {
        guard let text = arguments.value("cancel") else {
            guard isSelecting else {
                throw refusal("nothing to invalidate: give --tag, --url, --prefix or --everything, or --cancel ID")
            }
            return nil
        }
        guard !isSelecting else { throw refusal("--cancel stands without --tag, --url, --prefix and --everything") }
        guard let id = RequestID(text) else {
            throw refusal("\(text) is no request id; `cachesync publish` prints one")
        }
        return id
    }

    private func refusal(_ problem: String) -> UsageError {
        UsageError(problem, command: "cachesync publish")
    }
}
