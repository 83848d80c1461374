import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

/// `status ID --watch`: over the gateway's stream, and without one.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct WatchTests {
    /// An edge that answers when it is told to.
    private final class HeldEdge: Sendable {
        private let held = Mutex<[HTTPResponder]>([])
        private let server = Mutex<HTTPServer?>(nil)

        var count: Int { held.withLock { $0.count } }
        var port: Int { server.withLock { $0?.port ?? 0 } }

        init() throws {
            let made = try HTTPServer(HTTPServerConfiguration()) { [self] _, responder in
                held.withLock { $0.append(responder) }
            }
            server.withLock { $0 = made }
        }

        func answer(_ status: Int) {
            let waiting = held.withLock { held in
                defer { held = [] }
                return held
            }
            for one in waiting { one.respond(status == 204 ? .empty(204) : .problem(status, "refused")) }
        }

        func stop() { server.withLock { $0?.stop() } }
    }

    /// Publishes for two edges, of which one waits, and watches.
    private func watch(
        _ gateway: String, streams: Double, answer status: Int, _ arguments: [String] = []
    ) throws -> (exitCode: Int32, lines: [String]) {
        let edge = try HeldEdge()
        defer { edge.stop() }
        let up = try RunningUp(
            edges: """
                  - {name: held, adapter: http, address: "http://127.0.0.1:\(edge.port)", timeout: 60s}
                """, settings: "worker: {retryDelays: none, attempts: 1}", gateway: gateway)
        let published = try up.run("publish", "-n", "shop", "-t", "a").output
        let id = try #require(published.split(separator: " ").first.map(String.init))
        let log = up.directory.file("watch.log")
        let process = try BuiltCommand.startProcess(
            ["status", id, "--watch", "--config", up.file] + arguments, output: log)
        func lines() -> [String] {
            ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        try eventually("the request is at the edge") { edge.count == 1 }
        try eventually("it is watched") {
            let metrics = try HTTPFetch.perform(HTTPClientRequest(url: up.gateway + "/metrics")).body
            let text = String(decoding: metrics, as: UTF8.self)
            return streams > 0
                ? text.contains("cachesync_gateway_streams 1\n") : text.contains("cachesync_gateway_waiting 1\n")
        }
        if !arguments.contains("--json") {
            try eventually("the other edge is told") { lines().contains { $0.contains("recorder purged") } }
        }
        edge.answer(status)
        return (try process.waitForExit(within: .seconds(30)), lines())
    }

    @Test func theStreamTellsEachChangeToTheEnd() throws {
        let (exitCode, lines) = try watch("", streams: 1, answer: 204)
        #expect(exitCode == 0, "\(lines)")
        #expect(lines.contains { $0.contains("processing 1/2") && $0.contains("held sending") }, "\(lines)")
        #expect(lines.contains { $0.contains("completed  2 of 2 edges") }, "\(lines)")
    }

    @Test func aFailureIsTheExitCode() throws {
        let (exitCode, lines) = try watch("", streams: 1, answer: 400)
        #expect(exitCode == 1 && lines.contains { $0.contains("failed  1 of 2 edges") }, "\(lines)")
    }

    @Test func asJSONTheEndAloneIsTold() throws {
        let (exitCode, lines) = try watch("", streams: 1, answer: 204, ["--json"])
        #expect(exitCode == 0 && lines.count == 1 && lines[0].contains("\"status\":\"completed\""), "\(lines)")
    }

    @Test func withoutStreamsItAsksAsBefore() throws {
        let (exitCode, lines) = try watch("streamsMax: 0", streams: 0, answer: 204)
        #expect(exitCode == 0 && lines.contains { $0.contains("completed  2 of 2 edges") }, "\(lines)")
    }
}
