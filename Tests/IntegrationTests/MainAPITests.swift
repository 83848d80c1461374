import Foundation
import HTTP
import JSON
import Kafka
import Synchronization
import TestSupport
import Testing

/// A cache node, as a process, whose main database is an HTTP API.
@Suite(
    .serialized,
    .enabled(if: KafkaCluster.isAvailable, Comment(rawValue: KafkaCluster.missing ?? "")))
struct MainAPITests {
    /// Stores by version, as the contract asks.
    private final class API: Sendable {
        private struct State {
            var rows: [String: (version: String, value: String)] = [:]
            var isAway = false
            var refused: String?
        }

        private final class Box: Sendable {
            let state = Mutex(State())
        }

        private let box: Box
        private let server: HTTPServer

        init() throws {
            let box = Box()
            self.box = box
            server = try HTTPServer(HTTPServerConfiguration()) { request, responder in
                responder.respond(box.state.withLock { Self.response(to: request, &$0) })
            }
        }

        deinit { server.stop() }

        var port: Int { server.port }
        var values: [String: String] { box.state.withLock { $0.rows.mapValues(\.value) } }

        func setAway(_ isAway: Bool) { box.state.withLock { $0.isAway = isAway } }
        func refuse(_ value: String?) { box.state.withLock { $0.refused = value } }

        private static func response(to request: HTTPRequest, _ state: inout State) -> HTTPResponse {
            if state.isAway { return .empty(503) }
            guard request.path == "/writes" else {
                guard let row = state.rows[String(request.path.dropFirst("/items/".count))] else { return .empty(404) }
                return HTTPResponse(
                    status: 200, headers: [("Cache-Sync-Version", row.version)], body: Array(row.value.utf8))
            }
            let results = try? JSONParser(bytesMax: 1 << 20).parse(request.body) { root -> [String] in
                var results: [String] = []
                root["writes"]?.forEachElement { results.append(store($0, &state)) }
                return results
            }
            return .json(200, Array("{\"results\":[\((results ?? []).joined(separator: ","))]}".utf8))
        }

        private static func store(_ write: JSONValue, _ state: inout State) -> String {
            let (key, version) = (write["key"]?.string ?? "", write["version"]?.string ?? "")
            let value = "\(write["value"]?.int64 ?? -1)"
            if value == state.refused { return "{\"status\":\"refused\",\"reason\":\"too bad\"}" }
            guard version > state.rows[key]?.version ?? "" else { return "{\"status\":\"superseded\"}" }
            state.rows[key] = (version, value)
            return "{\"status\":\"stored\"}"
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func aKillLosesNothingAndARefusedWriteIsRedriven() throws {
        let (api, world, port) = (try API(), try ProcessWorld("main-api"), try freePort())
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"], kafka: ["sessionTimeout: 6s"],
            more: """
                gateway: {hosts: [test]}
                cache:
                  listen: "127.0.0.1:\(port)"
                  flushAfter: 100ms
                  api:
                    writes: "http://127.0.0.1:\(api.port)/writes"
                    read: "http://127.0.0.1:\(api.port)/items/{key}"
                    timeout: 2s
                """)
        try world.applyTopics()
        try world.startRole("cache", as: "node")
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        func post(_ key: String, _ value: String) throws -> Int {
            try RawHTTP.post(port, "{\"value\":\(value)}", to: "/cache?key=\(key)").status
        }
        let keys = (0..<30).map { "k\($0)" }
        try world.explained {
            for key in keys {
                try eventually("\(key) is written", within: .seconds(60)) { try post(key, "1") == 200 }
            }
            try eventually("the API has all") { api.values == Dictionary(uniqueKeysWithValues: keys.map { ($0, "1") }) }
            // What Kafka has and the API does not, when the node is killed.
            api.setAway(true)
            for key in keys { try eventually("\(key) is written once more") { try post(key, "2") == 200 } }
            world.kill("node")
            api.setAway(false)
            try world.startRole("cache", as: "node")
            try world.waitUntilReady(["127.0.0.1:\(port)"])
            try eventually("the API has what came last", within: .seconds(60)) {
                api.values == Dictionary(uniqueKeysWithValues: keys.map { ($0, "2") })
            }
            for key in keys {
                try eventually("\(key) has an owner", within: .seconds(60)) {
                    try RawHTTP.get(port, "/cache?key=\(key)").text == "2"
                }
            }

            api.refuse("666")
            try eventually("k1 is written") { try post("k1", "666") == 200 }
            try eventually("it is dead", within: .seconds(60)) {
                try world.runCommand(["cache", "dead", "list"]).output.contains("too bad")
            }
            api.refuse(nil)
            let redrive = try world.runCommand(["cache", "dead", "redrive"])
            #expect(redrive.exitCode == 0 && redrive.output.contains("1 redriven"), "\(redrive.output)")
            try eventually("the API has it") { api.values["k1"] == "666" }
            #expect(try world.runCommand(["cache", "dead", "list"]).output.contains("no dead writes"))
        }
    }
}
