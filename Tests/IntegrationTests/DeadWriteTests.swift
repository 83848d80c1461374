import Foundation
import HTTP
import Kafka
import Storage
import TestSupport
import Testing

/// Writes that the database has refused, listed, redriven and discarded by command.
@Suite(
    .serialized,
    .enabled(
        if: PostgresServer.isAvailable && KafkaCluster.isAvailable,
        Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "")))
struct DeadWriteTests {
    @Test(.timeLimit(.minutes(3)))
    func aRefusedWriteIsRedrivenUnlessALaterOneCame() throws {
        let url = try PostgresCluster.createDatabase()
        let world = try ProcessWorld("dead-writes")
        let port = try freePort()
        try world.configure(
            edges: ["{name: nobody, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: """
                gateway: {hosts: [test]}
                cache: {database: "\(url)", flushAfter: 100ms, listen: "127.0.0.1:\(port)"}
                """)
        try world.applyTopics()
        try world.startRole("cache", as: "node")
        try world.waitUntilReady(["127.0.0.1:\(port)"])
        func post(_ key: String, _ value: String) throws -> Int {
            try RawHTTP.post(port, "{\"value\":\(value),\"ttl\":90.5,\"tags\":[\"t\"]}", to: "/cache?key=\(key)").status
        }
        try world.explained {
            for key in ["a", "b", "c", "d"] {
                try eventually("\(key) is written", within: .seconds(60)) { try post(key, "1") == 200 }
            }
            let database = try connect(url)
            try eventually("all is flushed") { try database.integer("SELECT count(*) FROM entries") == 4 }
            try database.execute("ALTER TABLE entries ADD CHECK (value <> '666'::bytea)")
            for key in ["a", "b", "c"] { #expect(try post(key, "666") == 200) }
            try eventually("three are dead", within: .seconds(60)) {
                try world.runCommand(["cache", "dead", "list"]).output.components(separatedBy: "check constraint").count
                    == 4
            }
            try database.execute("ALTER TABLE entries DROP CONSTRAINT entries_value_check")
            #expect(try post("b", "7") == 200)

            let discarded = try deadLetter("c", world)
            let discard = try world.runCommand(["cache", "dead", "discard", discarded])
            #expect(discard.exitCode == 0 && discard.output.contains("1 discarded"), "\(discard.output)")
            let redrive = try world.runCommand(["cache", "dead", "redrive"])
            #expect(redrive.exitCode == 0, "\(redrive.output)")
            #expect(redrive.output.contains("1 redriven, 1 superseded, 0 discarded, 0 left"), "\(redrive.output)")
            #expect(try world.runCommand(["cache", "dead", "list"]).output.contains("no dead writes"))
            #expect(try world.runCommand(["cache", "dead", "redrive"]).output.contains("0 redriven, 0 superseded"))
            for (key, value) in [("a", "666"), ("b", "7"), ("c", "1"), ("d", "1")] {
                #expect(try RawHTTP.get(port, "/cache?key=\(key)").text == value, "\(key)")
                try eventually("the row of \(key) is there") {
                    try database.run("SELECT value FROM entries WHERE key = '\(key)'::bytea").firstRow {
                        String(decoding: $0.bytes(0), as: UTF8.self)
                    } == value
                }
            }
            let wrong = try world.runCommand(["cache", "dead", "discard", "a"])
            #expect(wrong.exitCode == 64 && wrong.output.contains("PARTITION/OFFSET"), "\(wrong.output)")
        }
    }

    private func deadLetter(_ key: String, _ world: ProcessWorld) throws -> String {
        let list = try world.runCommand(["cache", "dead", "list"]).output.split(separator: "\n")
        let row = try #require(list.first { $0.split(separator: " ").dropFirst(4).first.map(String.init) == key })
        return String(row.prefix { $0 != " " })
    }

    private func connect(_ url: String) throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        return try PostgresConnection(PostgresAddress(url), options: options)
    }
}
