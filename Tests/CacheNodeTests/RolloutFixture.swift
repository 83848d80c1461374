import CacheNode
import Caches
import Foundation
import HTTP
import Invalidations
import JSON
import Synchronization
import TestSupport
import Testing

/// A main API that keeps things, as a node finds it: `GET`, `PUT` and `DELETE` of `/items/KEY`.
final class MainServer: Sendable {
    private struct State {
        var things: [String: String] = [:]
        var answer: (@Sendable (HTTPRequest, Int) -> HTTPResponse?)?
        var counts: [String: Int] = [:]
        var isEchoing = false
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let box: Box
    private let server: OriginServer

    init(_ things: [String: String] = [:]) throws {
        let box = Box()
        box.state.withLock { $0.things = things }
        self.box = box
        server = try OriginServer { request, responder in responder.respond(Self.response(to: request, box)) }
    }

    private static func response(to request: HTTPRequest, _ box: Box) -> HTTPResponse {
        let key = String(request.path.dropFirst("/items/".count))
        let (answer, count) = box.state.withLock { state in
            state.counts[request.method, default: 0] += 1
            return (state.answer, state.counts[request.method] ?? 0)
        }
        if let response = answer?(request, count) { return response }
        return box.state.withLock { state in
            switch request.method {
            case "PUT":
                let value = String(decoding: request.body, as: UTF8.self)
                state.things[key] = value
                return state.isEchoing ? OriginServer.value("{\"was\":\(value),\"is\":\(value)}") : .empty(204)
            case "DELETE":
                state.things[key] = nil
                return .empty(204)
            default:
                guard let thing = state.things[key] else { return .empty(404) }
                return OriginServer.value(thing, [("ETag", "\"main\"")])
            }
        }
    }

    var things: [String: String] { box.state.withLock { $0.things } }

    func set(_ key: String, _ value: String) { box.state.withLock { $0.things[key] = value } }

    /// Has it answer writes with what was written, twice.
    func echo() { box.state.withLock { $0.isEchoing = true } }

    func count(_ method: String) -> Int { box.state.withLock { $0.counts[method] ?? 0 } }

    /// - Parameter answer: gets the request and which of its method it is; nil to answer as usual.
    func answer(_ answer: (@Sendable (HTTPRequest, Int) -> HTTPResponse?)?) {
        box.state.withLock { $0.answer = answer }
    }

    func entry(_ change: (inout OriginConfiguration) -> Void = { _ in }) throws -> CacheConfiguration.NamespaceEntry {
        var origin = try #require(OriginConfiguration(server.template))
        origin.write = OriginConfiguration.Write(server.template)
        change(&origin)
        return .init(.exactly("shop"), NamespaceRules(), origin: origin)
    }
}

/// Calls of a rollout's address.
extension CacheFixture {
    static let shop = "&namespace=shop"

    /// - Parameter members: of the order's document.
    @discardableResult
    func order(_ members: String, headers: [String] = []) throws -> RawAnswer {
        try send("POST", "/cache/rollout?namespace=shop", "{\(members)}", headers: headers)
    }

    func rollout(_ query: String = "") throws -> RawAnswer {
        try RawHTTP.get(port, "/cache/rollout?namespace=shop\(query)")
    }

    /// One figure of `counts`.
    func rolloutCount(_ name: [UInt8]) throws -> Int64 {
        try JSONParser(bytesMax: 1 << 20).parse(Array(rollout().text.utf8)) {
            $0["counts"]?.member(name)?.int64 ?? -1
        }
    }
}
