import Foundation
import Invalidations
import JSON
import Runtime

/// Publishes one request that the options describe, or all that a file holds.
struct PublishCommand {
    /// Options that describe the one request.
    private static let ofOne = [
        "namespace", "tag", "url", "prefix", "everything", "cancel", "soft", "priority", "key", "not-before", "in",
    ]

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        let timeout = try RequestFollower.timeout(arguments) ?? RequestFollower.defaultTimeout
        if let file = arguments.value("file") { return try many(from: file, timeout: timeout) }
        if arguments.value("in-flight") != nil { throw refusal("--in-flight is for --file") }
        let body = try body()
        let client = try GatewayClient(settings)
        if arguments.has("plan") { return try plan(body, client) }
        var headers: [(String, String)] = []
        if let key = arguments.value("key") { headers.append(("Idempotency-Key", key)) }
        let accepted = try RequestState(
            client.call("POST", "/invalidate", body: body, headers: headers, timeout: .seconds(60)))
        guard arguments.has("wait") else { return show(accepted) }
        let ended = try RequestFollower(client: client, timeout: timeout).follow(
            accepted.id, isKnown: true, isQuiet: settings.isJSON)
        _ = show(ended)
        return RequestFollower.exitCode(ended)
    }

    private func plan(_ body: [UInt8], _ client: GatewayClient) throws -> ExitCode {
        if arguments.has("wait") { throw refusal("--plan publishes nothing that --wait could wait for") }
        let answer = try client.call("POST", "/invalidate?plan=true", body: body, timeout: .seconds(60))
        if settings.isJSON { Output.json(answer) } else { Output.text(try PlanText.text(of: answer)) }
        return .ok
    }

    private func many(from file: String, timeout: Duration) throws -> ExitCode {
        let others = Self.ofOne.filter { !arguments.values($0).isEmpty }
        guard others.isEmpty else {
            let names = others.map { "--\($0)" }.joined(separator: ", ")
            throw refusal("with --file each line says everything itself, \(names) included")
        }
        if arguments.has("plan") {
            if let other = ["wait", "in-flight", "timeout"].first(where: { !arguments.values($0).isEmpty }) {
                throw refusal("--plan publishes nothing that --\(other) could be for")
            }
            var plan = BulkPlan(try GatewayClient(settings), isJSON: settings.isJSON)
            return try plan.run(LineReader(file))
        }
        let inFlight = try arguments.value("in-flight").map {
            try ConfigurationValue(key: "in-flight", text: $0, origin: .flag("in-flight"))
                .int(in: 1...BulkPublish.inFlightMax)
        }
        var bulk = try BulkPublish(settings, input: LineReader(file))
        if arguments.has("wait") { bulk.wait = timeout }
        if let inFlight { bulk.inFlight = inFlight }
        return try bulk.run()
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
            writer.strings(entries)
        }
        if arguments.has("everything") { writer.member("everything", true) }
        if arguments.has("soft") { writer.member("mode", PurgeMode.soft.rawValue) }
        if let priority = arguments.value("priority") { writer.member("priority", priority) }
        if let notBefore = try notBefore() { writer.member("notBefore", notBefore.text) }
        if let cancels { writer.member("cancels", cancels.text) }
        writer.endObject()
        return writer.bytes
    }

    /// The time before which no purge may start; nil for at once.
    private func notBefore() throws -> Timestamp? {
        switch (arguments.value("not-before"), arguments.value("in")) {
        case (nil, nil): return nil
        case (let text?, nil):
            guard let time = Timestamp(text) else {
                throw refusal("--not-before \(text) is no time such as 2026-11-22T10:00:00Z; --in takes 30s")
            }
            return time
        case (nil, let text?):
            let pause = try ConfigurationValue(key: "in", text: text, origin: .flag("in")).duration(
                in: .zero ... .milliseconds(Limits.notBeforeMax))
            return .now() + Int64(pause / .milliseconds(1))
        case (_?, _?): throw refusal("give --not-before or --in, not both")
        }
    }

    /// The request to call off; nil where something is to be purged instead.
    private func cancelled(isSelecting: Bool) throws -> RequestID? {
        guard let text = arguments.value("cancel") else {
            guard isSelecting else {
                throw refusal(
                    "nothing to invalidate: give --tag, --url, --prefix or --everything, or --cancel ID, or --file FILE"
                )
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
