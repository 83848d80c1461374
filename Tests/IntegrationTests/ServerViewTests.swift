import Foundation
import HTTP
import Invalidations
import JSON
import TestSupport
import Testing

/// A gateway and a projector that share nothing but Kafka and a view in PostgreSQL.
@Suite(
    .serialized, .enabled(if: KafkaHome.isAvailable, Comment(rawValue: KafkaHome.missing ?? "")),
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.missing ?? "")))
struct ServerViewTests {
    @Test(.timeLimit(.minutes(4)))
    func requestsEndInAViewWhoseServerWasAwayMeanwhile() throws {
        let postgres = try PostgresServer()
        let world = try ProcessWorld("server-view")
        let edge = try PurgeRecorder()
        let listen = "127.0.0.1:\(try freePort())"
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\"}"], view: postgres.createDatabase(),
            more: "gateway: {listen: \"\(listen)\"}")
        try world.applyTopics()
        for role in ["projector", "worker", "gateway"] { try world.startRole(role, as: role) }
        func status(_ id: String) throws -> (code: Int, status: String?) {
            let answer = try HTTPFetch.perform(HTTPClientRequest(url: "http://\(listen)/status/\(id)"))
            let status = try? JSONParser(bytesMax: 1 << 20).parse(answer.body) { $0["status"]?.string }
            return (answer.status, status ?? nil)
        }
        func publish(_ tag: String) throws -> String {
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(
                    method: "POST", url: "http://\(listen)/invalidate", headers: [("Content-Type", "application/json")],
                    body: Array(#"{"namespace":"shop","tags":["\#(tag)"]}"#.utf8)))
            try #require(answer.status == 202)
            let id = try JSONParser(bytesMax: 1 << 20).parse(answer.body) { $0["id"]?.string }
            return try #require(id)
        }
        try world.explained {
            try world.waitUntilReady([listen])
            let first = try publish("a")
            try eventually("it is completed") { try status(first).status == "completed" }

            let lag = try HTTPFetch.perform(HTTPClientRequest(url: "http://\(listen)/lag"))
            let text = String(decoding: lag.body, as: UTF8.self)
            #expect(lag.status == 200 && text.contains("\"owner\":\"cachesync-worker-"), "\(text.prefix(2_000))")

            postgres.kill()
            // Publishing needs no view, and workers need none either.
            let second = try publish("b")
            try eventually("the edge has been told") { edge.calls.count == 2 }
            #expect(try status(second).code == 200)
            #expect(try HTTPFetch.perform(HTTPClientRequest(url: "http://\(listen)/status")).status == 503)
            try postgres.restart()
            for id in [first, second] {
                try eventually("\(id) is completed", within: .seconds(40)) { try status(id).status == "completed" }
            }
            #expect(!FileManager.default.fileExists(atPath: world.directory.file("view.db")))
        }
    }
}
