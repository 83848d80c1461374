import CacheNode
import Caches
import Foundation
import HTTP
import Invalidations
import Synchronization

/// A main API that accepts batches of writes, as the contract asks: `POST /writes`, and things at `/items/KEY`.
///
/// A write whose version is not higher changes nothing; a deleted thing keeps its version.
final class MainAPIServer: Sendable {
    typealias Answer = @Sendable (HTTPRequest, _ count: Int) -> HTTPResponse?

    struct Thing: Equatable {
        var value: String?
        var version: String
    }

    private struct State {
        var things: [String: Thing] = [:]
        /// Versions that changed a thing, in their order.
        var stored: [String: [String]] = [:]
        var refused: Set<String> = []
        var isEchoing = false
        var batches: [HTTPRequest] = []
        var faults: [String] = []
        var answer: Answer?
        /// Of a read; nil to answer as usual.
        var readAnswer: HTTPResponse?
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let box: Box
    private let server: OriginServer

    init() throws {
        let box = Box()
        self.box = box
        server = try OriginServer { request, responder in responder.respond(Self.response(to: request, box)) }
    }

    var things: [String: Thing] { box.state.withLock { $0.things } }
    var stored: [String: [String]] { box.state.withLock { $0.stored } }
    var batches: [HTTPRequest] { box.state.withLock { $0.batches } }
    /// What a node must not send.
    var faults: [String] { box.state.withLock { $0.faults } }
    var values: [String: String] { things.compactMapValues(\.value) }

    /// Values that the API refuses, each by itself.
    func refuse(_ values: Set<String>) { box.state.withLock { $0.refused = values } }

    /// Has it answer each write with the whole of it.
    func echo() { box.state.withLock { $0.isEchoing = true } }

    /// - Parameter answer: gets a batch and how many came before it; nil to answer as usual.
    func answerBatches(_ answer: Answer?) { box.state.withLock { $0.answer = answer } }

    /// - Parameter answer: nil to answer as usual.
    func answerReads(_ answer: HTTPResponse?) { box.state.withLock { $0.readAnswer = answer } }

    func configuration() throws -> WritesConfiguration {
        let base = server.template.prefix { $0 != "{" }.dropLast("items/".count)
        var api = try MainAPIConfiguration(writes: base + "writes", read: base + "items/{key}")
        api.token = "secret"
        api.timeout = .seconds(2)
        var writes = WritesConfiguration(api: api)
        writes.settings.delay = .milliseconds(50)
        writes.settings.pauseFirst = .milliseconds(50)
        writes.settings.pauseLongest = .milliseconds(200)
        writes.sessionTimeout = .seconds(6)
        return writes
    }

    /// As a namespace's main API in a rollout.
    func entry() throws -> CacheConfiguration.NamespaceEntry {
        guard var origin = OriginConfiguration(server.template) else { throw CacheFixtureError(description: "") }
        origin.write = OriginConfiguration.Write(server.template)
        return .init(.exactly("shop"), NamespaceRules(), origin: origin)
    }

    private static func response(to request: HTTPRequest, _ box: Box) -> HTTPResponse {
        if request.path == "/writes" { return batch(request, box) }
        let key = String(request.path.dropFirst("/items/".count))
        return box.state.withLock { state in
            let thing = state.things[key]
            switch request.method {
            // A write of its own keeps the version.
            case "PUT":
                state.things[key] = Thing(
                    value: String(decoding: request.body, as: UTF8.self), version: thing?.version ?? "")
                return .empty(204)
            case _ where state.readAnswer != nil: return state.readAnswer ?? .empty(500)
            default:
                let fields = thing.map { $0.version.isEmpty ? [] : [("Cache-Sync-Version", $0.version)] } ?? []
                guard let value = thing?.value else { return HTTPResponse(status: 404, headers: fields) }
                return OriginServer.value(value, fields + [("Cache-Groups", "\"t\"")])
            }
        }
    }

    private static func batch(_ request: HTTPRequest, _ box: Box) -> HTTPResponse {
        let (answer, count) = box.state.withLock { state in
            state.batches.append(request)
            return (state.answer, state.batches.count - 1)
        }
        if let response = answer?(request, count) { return response }
        return box.state.withLock { state in
            if request.headers.first("Authorization") != "Bearer secret" { state.faults.append("no token") }
            guard let writes = try? writes(of: request) else {
                state.faults.append("no document: \(String(decoding: request.body, as: UTF8.self))")
                return .empty(400)
            }
            if writes.count > 100 { state.faults.append("\(writes.count) writes") }
            if Set(writes.map(\.key)).count < writes.count { state.faults.append("a key is there twice") }
            if writes.map(\.key) != writes.map(\.key).sorted() { state.faults.append("keys are out of order") }
            let results = writes.map { store($0, &state) }
            let text = results.joined(separator: ",")
            // Members that nobody has asked for are passed over.
            let echo = state.isEchoing ? ",\"was\":\(String(decoding: request.body, as: UTF8.self))" : ""
            return OriginServer.value("{\"results\":[\(text)]\(echo)}")
        }
    }

    private static func store(_ write: (key: String, thing: Thing), _ state: inout State) -> String {
        if let value = write.thing.value, state.refused.contains(value) {
            return "{\"key\":\"\(write.key)\",\"status\":\"refused\",\"reason\":\"no such price\"}"
        }
        guard write.thing.version > state.things[write.key]?.version ?? "" else { return "{\"status\":\"superseded\"}" }
        state.things[write.key] = write.thing
        state.stored[write.key, default: []].append(write.thing.version)
        return "{\"status\":\"stored\"}"
    }

    static func writes(of request: HTTPRequest) throws -> [(key: String, thing: Thing)] {
        let document = try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        return (document?["writes"] as? [[String: Any]] ?? []).map { write in
            let isDeleted = write["deleted"] as? Bool ?? false
            let number = (write["value"] as? NSNumber).map { "\($0)" }
            return (
                write["key"] as? String ?? "",
                Thing(value: isDeleted ? nil : number ?? "null", version: write["version"] as? String ?? "")
            )
        }
    }
}
