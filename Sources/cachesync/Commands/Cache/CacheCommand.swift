import Basics
import Caches
import HTTP
import Invalidations
import JSON
import Runtime

/// Reads and changes entries of a cache node, over HTTP.
struct CacheCommand {
    static let key = "KEY"
    static let value = "VALUE"

    private static let timeout = Duration.seconds(30)
    /// Nodes that are asked for one key.
    private static let nodesMax = 4

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func get() throws -> ExitCode {
        let client = try GatewayClient(settings, for: .cache)
        let response = try answer(client, "GET", try target())
        guard response.isSuccess else {
            throw CachedEntry.isMissing(response) ? missing(response) : client.refusal(response)
        }
        let entry = CachedEntry(response)
        if settings.isJSON {
            Output.object { entry.write(into: &$0, key: keyName, namespace: namespaceName) }
            return .ok
        }
        if arguments.has("headers") { Output.notice(entry.fields) }
        Output.raw(response.body)
        return .ok
    }

    func set() throws -> ExitCode {
        let body = try EntryBody(arguments).bytes
        let client = try GatewayClient(settings, for: .cache)
        let response = try checked(client, "POST", try target(), body: body)
        let seconds = CachedEntry(response).ttl
        let published = try parse(response, client) { $0["invalidation"]?["id"]?.string }
        if settings.isJSON {
            Output.object { writer in
                writer.member("success", true)
                if let tag = response.header.first("ETag") { writer.member("etag", tag) }
                if let seconds { writer.member("ttl", seconds) }
                if let published { writer.member("invalidation", published) }
            }
        } else {
            let freshness = seconds.map { ", fresh for \($0)s" } ?? ""
            Output.text(
                "stored \(keyName) in \(namespaceName)\(freshness)" + (published.map { "; published \($0)" } ?? ""))
        }
        return .ok
    }

    func delete() throws -> ExitCode {
        let response = try checked(try GatewayClient(settings, for: .cache), "DELETE", try target())
        if settings.isJSON { Output.json(response.body) } else { Output.text("no \(keyName) in \(namespaceName) now") }
        return .ok
    }

    func invalidate() throws -> ExitCode {
        let selectors = Selectors(
            tags: arguments.values("tag"), urls: arguments.values("url"), prefixes: arguments.values("prefix"),
            everything: arguments.has("everything"))
        guard !selectors.isEmpty else {
            throw UsageError(
                "nothing to invalidate: give --tag, --url, --prefix or --everything",
                command: "cachesync cache invalidate")
        }
        var writer = JSONWriter()
        writer.beginObject()
        InvalidationEncoder.encode(selectors, into: &writer)
        if arguments.has("soft") { writer.member("mode", PurgeMode.soft.rawValue) }
        writer.endObject()
        let client = try GatewayClient(settings, for: .cache)
        // The node asks for a key, and has no use for it.
        let response = try checked(client, "PUT", try target(of: "-"), body: writer.bytes)
        if settings.isJSON {
            Output.json(response.body)
        } else {
            let count = try parse(response, client) { $0["invalidated"]?.int64 ?? 0 }
            Output.text("invalidated \(count) \(count == 1 ? "entry" : "entries") of \(namespaceName) in the cache")
        }
        return .ok
    }

    func stats() throws -> ExitCode {
        let client = try GatewayClient(settings, for: .cache)
        let response = try checked(client, "GET", "/cache/stats")
        if settings.isJSON {
            Output.json(response.body)
        } else {
            Output.text(try parse(response, client, CacheStatsText.text))
        }
        return .ok
    }

    // MARK: Asking

    private var keyName: String { arguments.positional(Self.key) ?? "" }
    private var namespaceName: String { arguments.value("namespace") ?? Namespace.default.name }

    private func target() throws -> String { try target(of: keyName) }

    /// Where the node has the entry.
    private func target(of key: String) throws -> String {
        guard !key.isEmpty, key.utf8.count <= CacheLimits.keyBytes else {
            throw CommandError(.usage, "\(Self.key) has 1 to \(CacheLimits.keyBytes) bytes")
        }
        return "/cache?namespace=\(PercentEncoding.encode(namespaceName))&key=\(PercentEncoding.encode(key))"
    }

    private func checked(
        _ client: GatewayClient, _ method: String, _ target: String, body: [UInt8] = []
    ) throws -> HTTPClientResponse {
        let response = try answer(client, method, target, body: body)
        guard response.isSuccess else { throw client.refusal(response) }
        return response
    }

    /// - Throws: where there is no answer at all.
    func answer(
        _ client: GatewayClient, _ method: String, _ target: String, body: [UInt8] = [],
        headers: [(String, String)] = []
    ) throws -> HTTPClientResponse {
        // So that refusals are documents.
        let headers = headers + [("Accept", "application/json")]
        var client = client
        for _ in 0..<Self.nodesMax {
            switch client.ask(method, target, body: body, headers: headers, timeout: Self.timeout) {
            case .failure(let failure): throw client.unreachable(failure)
            case .response(let response):
                // Another node owns the key.
                guard response.status == 307, let location = response.location, location.hasSuffix(target) else {
                    return response
                }
                client = client.moved(to: String(location.dropLast(target.count)))
            }
        }
        throw CommandError(.temporary, "the key changes hands between cache nodes; try it once more")
    }

    private func missing(_ response: HTTPClientResponse) -> CommandError {
        guard !CachedEntry.isUnsynced(response) else {
            return CommandError(
                .temporary,
                "the cache node does not know the log at this time, so it answers with no entry; try it later")
        }
        return CommandError(.notFound, "the namespace \(namespaceName) has no entry \(keyName)")
    }

    private func parse<Value>(
        _ response: HTTPClientResponse, _ client: GatewayClient, _ read: (JSONValue) throws -> Value
    ) throws -> Value {
        do {
            return try JSONParser(bytesMax: 8 << 20).parse(response.body, read)
        } catch {
            throw CommandError(.unavailable, "what answered at \(client.base) is no cache node: \(error)")
        }
    }
}
