import Foundation
import HTTP
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// What `doctor` finds on a real Kafka, before, while and after the roles run.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct DoctorTests {
    @Test(.timeLimit(.minutes(3)))
    func doctorLooksAtEveryPart() throws {
        let world = try ProcessWorld("doctor")
        let recorder = try PurgeRecorder()
        defer { recorder.stop() }
        let port = try freePort()
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(recorder.address)\", limits: {requests: none}}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        func doctor(_ arguments: String...) throws -> (exitCode: Int32, output: String) {
            try BuiltCommand.run(["doctor"] + world.options + arguments)
        }

        let bare = try doctor()
        #expect(bare.exitCode == 1 && bare.output.contains("FAIL  topics: "), "\(bare.output)")
        #expect(bare.output.contains("cachesync topics apply --brokers \(world.broker.brokers[0]) --config "))
        #expect(!bare.output.contains("is missing is missing") && !bare.output.contains("dead: cachesync.dead"))

        try world.applyTopics()
        let before = try doctor()
        #expect(before.exitCode == 0, "\(before.output)")
        #expect(before.output.contains("note  workers: no worker has run yet as the group cachesync-worker"))
        #expect(before.output.contains("note  view: there is no \(world.directory.file("view.db")) yet"))
        #expect(before.output.contains("ok    disk: ") && before.output.contains("127.0.0.1:\(port) is free"))
        #expect(before.output.contains("note  gateway: none answers at http://127.0.0.1:\(port)"))

        for role in ["projector", "worker", "gateway"] { try world.startRole(role, as: role) }
        try world.explained {
            try eventually("everything is well", within: .seconds(60)) {
                let running = try doctor()
                return running.exitCode == 0 && running.output.contains("the group cachesync-worker has 1 member")
                    && running.output.contains("ok    view: ")
                    && running.output.contains("a gateway of Cache Sync listens at 127.0.0.1:\(port)")
                    && running.output.contains("the one at http://127.0.0.1:\(port) is ready")
            }
        }

        // What waits, and nobody works on it.
        #expect(try world.stop("worker") == 0)
        let published = try BuiltCommand.run(["publish", "-t", "a"] + world.options)
        #expect(published.exitCode == 0, "\(published.output)")
        try eventually("doctor sees that nobody works") {
            let idle = try doctor()
            return idle.exitCode == 1 && idle.output.contains("FAIL  workers: ") && idle.output.contains("1 published")
                && idle.output.contains("start `cachesync worker`")
        }
        for role in ["gateway", "projector"] { #expect(try world.stop(role) == 0) }

        let server = try HTTPServer(HTTPServerConfiguration()) { _, answer in answer.respond(.text(200, "a site")) }
        let taken = try doctor("--listen", "127.0.0.1:\(server.port)", "--view", "/proc/view.db")
        #expect(taken.exitCode == 1 && taken.output.contains("another program listens at 127.0.0.1:\(server.port)"))
        #expect(taken.output.contains("FAIL  gateway: what answers 200 at"), "\(taken.output)")
        #expect(taken.output.contains("FAIL  disk: 0 MiB are free at /proc"), "\(taken.output)")
        try world.directory.write("note.db", "no database")
        let foreign = try doctor("--view", world.directory.file("note.db"))
        #expect(foreign.exitCode == 1 && foreign.output.contains("FAIL  view: "), "\(foreign.output)")
        let nowhere = try doctor("--view", world.directory.file("no/folder/view.db"))
        #expect(nowhere.exitCode == 1 && nowhere.output.contains("there is no folder"), "\(nowhere.output)")
    }
}
