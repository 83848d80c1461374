import Foundation
import HTTP
import Invalidations
import JSON
import Runtime

/// Shows and changes the rollout of a namespace, at a cache node.
struct RolloutCommand {
    private static let timeout = Duration.seconds(30)
    private static let drainMax = Duration.seconds(600)
    private static let pause = 0.5

    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func status() throws -> ExitCode {
        let query = arguments.value("samples").map { "&samples=\(PercentEncoding.encode($0))" } ?? ""
        show(try call(try client(), "GET", query: query))
        return .ok
    }

    /// - Parameter order: shadow, canary, writes or cutover.
    func change(_ order: String) throws -> ExitCode {
        let body = try RolloutOrderText(order, arguments, who: RunClient.who).bytes
        show(try call(try client(), "POST", body: body))
        return .ok
    }

    /// Also waits until the database has all that was written.
    func back() throws -> ExitCode {
        let limit =
            try RolloutOrderText.duration("timeout", arguments, in: .zero...(.seconds(86_400))) ?? Self.drainMax
        let client = try client()
        var answer = try call(
            client, "POST", body: try RolloutOrderText("back", arguments, who: RunClient.who).bytes)
        let deadline = MonotonicTime.now() + limit
        var progress = ProgressLine()
        // Twice: what was accepted a moment ago may not be counted yet.
        var drained = 0
        // Where the cache goes on queuing writes of some keys there is no end to wait for.
        while drained < 2, answer.text.phase == "canary" {
            Thread.sleep(forTimeInterval: Self.pause)
            answer = try call(client, "GET")
            drained = answer.text.isComplete && answer.text.dirty == 0 ? drained + 1 : 0
            guard drained < 2 else { break }
            progress.update("\(answer.text.dirty) keys wait for the database")
            guard MonotonicTime.now() < deadline else {
                progress.finish("\(answer.text.dirty) keys wait for the database")
                show(answer)
                return .temporary
            }
        }
        show(answer)
        return .ok
    }

    private func client() throws -> GatewayClient { try GatewayClient(settings, for: .rollout) }

    private func call(
        _ client: GatewayClient, _ method: String, query: String = "", body: [UInt8] = []
    ) throws -> (text: RolloutText, document: [UInt8]) {
        let namespace = arguments.value("namespace") ?? Namespace.default.name
        let document = try client.call(
            method, "/cache/rollout?namespace=\(PercentEncoding.encode(namespace))\(query)", body: body,
            headers: [("Accept", "application/json")], timeout: Self.timeout)
        do {
            return (try JSONParser(bytesMax: 8 << 20).parse(document) { try RolloutText($0) }, document)
        } catch {
            throw CommandError(.unavailable, "what answered at \(client.base) is no cache node: \(error)")
        }
    }

    private func show(_ answer: (text: RolloutText, document: [UInt8])) {
        if settings.isJSON { Output.json(answer.document) } else { Output.text(answer.text.text) }
    }
}
