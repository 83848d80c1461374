import Foundation
import HTTP
import TestSupport
import Testing

/// Roles and a Kafka that is not there yet: each waits, says so, and begins when it comes.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct KafkaAwayTests {
    private static let roles = ["projector", "worker", "gateway"]

    @Test(.timeLimit(.minutes(3)))
    func everyRoleWaitsForKafkaAndSaysSo() throws {
        let world = try ProcessWorld("away")
        let port = try freePort()
        try world.configure(
            edges: ["{name: a, adapter: http, address: \"http://127.0.0.1:9\"}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        try world.broker.stop()

        let processes = try Self.roles.map { try world.startRole($0, as: $0) }
        for role in Self.roles {
            try world.explained {
                try eventually("\(role) says that Kafka does not answer", within: .seconds(30)) {
                    log(of: role, in: world).contains { line in
                        line.contains(" warning ") && (line.contains("Kafka") || line.contains("begins again"))
                    }
                }
            }
        }
        #expect(
            log(of: "worker", in: world).contains { $0.contains("waiting for Kafka") && $0.contains("127.0.0.1") })
        #expect(processes.allSatisfy { $0.isRunning })
        // A worker that still waits ends when it is asked to.
        try world.startRole("worker", as: "second")
        try eventually("the second one waits") { log(of: "second", in: world).contains { $0.contains("waiting") } }
        #expect(try world.stop("second", within: .seconds(10)) == 0)

        try world.broker.startBroker()
        for role in Self.roles {
            try world.explained {
                try eventually("\(role) is ready", within: .seconds(60)) {
                    log(of: role, in: world).contains { $0.contains("info    ready role=\(role)") }
                }
            }
        }
        for role in Self.roles.reversed() { #expect(try world.stop(role) == 0) }
    }

    /// A client that waits for a request waits through a gateway's restart.
    @Test(.timeLimit(.minutes(3)))
    func aGatewayThatRestartsEndsNobodysWait() throws {
        let world = try ProcessWorld("restart")
        let (port, edge) = (try freePort(), try freePort())
        try world.configure(
            edges: ["{name: a, adapter: http, address: \"http://127.0.0.1:\(edge)\", limits: {requests: none}}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        for role in Self.roles { try world.startRole(role, as: role) }
        func ready(_ role: String) throws {
            try world.explained {
                try eventually("\(role) is ready", within: .seconds(60)) {
                    log(of: role, in: world).contains { $0.contains("info    ready role=\(role)") }
                }
            }
        }
        for role in Self.roles { try ready(role) }
        let output = world.directory.file("publish.log")
        let waiting = try BuiltCommand.startProcess(["publish", "-t", "a", "--wait"] + world.options, output: output)
        try eventually("the request waits for its edge") {
            log(of: "publish", in: world).contains { $0.contains(" 0/1 ") }
        }
        // One that watches over the gateway's stream sees it cut, and goes on as well.
        let line = log(of: "publish", in: world).first { $0.contains(" 0/1 ") } ?? ""
        let id = try #require(line.split(separator: " ").first.map(String.init))
        let watching = try BuiltCommand.startProcess(
            ["status", id, "--watch"] + world.options, output: world.directory.file("watch.log"))
        try eventually("the stream is open") {
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/metrics")
            let text = try HTTPFetch.perform(request).body
            return String(decoding: text, as: UTF8.self).contains("cachesync_gateway_streams 1\n")
        }
        world.kill("gateway")
        try world.startRole("gateway", as: "gateway")
        let recorder = try PurgeRecorder(port: edge)
        defer { recorder.stop() }
        #expect(try world.explained { try waiting.waitForExit(within: .seconds(90)) } == 0)
        #expect(log(of: "publish", in: world).contains { $0.contains("completed") })
        #expect(try world.explained { try watching.waitForExit(within: .seconds(90)) } == 0)
        #expect(log(of: "watch", in: world).contains { $0.contains("completed") })
    }

    private func log(of role: String, in world: ProcessWorld) -> [Substring] {
        ((try? String(contentsOfFile: world.directory.file("\(role).log"), encoding: .utf8)) ?? "")
            .split(separator: "\n")
    }
}
