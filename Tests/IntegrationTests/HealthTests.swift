import Foundation
import HTTP
import Invalidations
import JSON
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Health of an installation's processes when something is away.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, Comment(rawValue: KafkaHome.missing ?? "")))
struct HealthTests {
    private final class Installation {
        let world: ProcessWorld
        let edge: PurgeRecorder
        /// By role.
        let ports: [String: Int]
        let gateway: String

        init() throws {
            world = try ProcessWorld("health")
            edge = try PurgeRecorder()
            var ports: [String: Int] = [:]
            for role in ["projector", "worker", "gateway"] { ports[role] = try freePort() }
            self.ports = ports
            let listen = "127.0.0.1:\(try freePort())"
            gateway = "http://\(listen)"
            try world.configure(
                edges: ["{name: recorder, adapter: http, address: \"\(edge.address)\"}"],
                more: "gateway: {listen: \"\(listen)\"}")
            try world.applyTopics()
        }

        func startRole(_ role: String) throws {
            try world.startRole(role, as: role, ["--admin", "127.0.0.1:\(ports[role] ?? 0)"])
        }

        /// The state of each role that is named, and how long the slowest took to tell it; 0 where nothing listens.
        func readiness(_ roles: [String]) throws -> (statuses: [Int], slowest: Duration) {
            var (statuses, slowest) = ([Int](), Duration.zero)
            for role in roles {
                let url = "http://127.0.0.1:\(ports[role] ?? 0)/health/ready"
                slowest = max(
                    slowest,
                    ContinuousClock().measure {
                        statuses.append((try? HTTPFetch.perform(HTTPClientRequest(url: url)))?.status ?? 0)
                    })
            }
            return (statuses, slowest)
        }

        func waitForReadiness(_ roles: [String], _ status: Int) throws {
            try world.explained {
                try eventually("\(roles) say \(status)", within: .seconds(60)) {
                    try readiness(roles).statuses.allSatisfy { $0 == status }
                }
            }
        }

        func status(_ id: RequestID) throws -> (code: Int, status: String?) {
            let answer = try HTTPFetch.perform(HTTPClientRequest(url: gateway + "/status/\(id)"))
            let status = try? JSONParser(bytesMax: 1 << 20).parse(answer.body) { $0["status"]?.string }
            return (answer.status, status ?? nil)
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func aFrozenBrokerAndAMissingProjectorAreToldWithinSeconds() throws {
        let roles = ["projector", "worker", "gateway"]
        let installation = try Installation()
        for role in roles { try installation.startRole(role) }
        try installation.waitForReadiness(roles, 200)

        installation.world.broker.freeze()
        let frozen = ContinuousClock.now
        var slowest = Duration.zero
        try eventually("all say that Kafka is silent", within: .seconds(60)) {
            let seen = try installation.readiness(roles)
            slowest = max(slowest, seen.slowest)
            return seen.statuses.allSatisfy { $0 == 503 }
        }
        print("a frozen broker was told after \(ContinuousClock.now - frozen); the slowest answer took \(slowest)")
        #expect(ContinuousClock.now - frozen < .seconds(30))
        // Nobody waited for Kafka to answer.
        #expect(slowest < .seconds(5))
        installation.world.broker.thaw()
        try installation.waitForReadiness(roles, 200)

        installation.world.kill("projector")
        let killed = ContinuousClock.now
        try installation.waitForReadiness(["gateway"], 503)
        print("a missing projector was told after \(ContinuousClock.now - killed)")
        #expect(ContinuousClock.now - killed < .seconds(40))
        try installation.waitForReadiness(["worker"], 200)
        try installation.startRole("projector")
        try installation.waitForReadiness(roles, 200)
    }

    @Test(.timeLimit(.minutes(4)))
    func whatWaitsInABacklogIsQueuedAndNotUnknown() throws {
        let installation = try Installation()
        for role in ["projector", "gateway"] { try installation.startRole(role) }
        try installation.waitForReadiness(["projector", "gateway"], 200)
        // Made a minute ago, in one case published since, and no worker is there.
        let (published, never) = (RequestID(at: .now() + -60_000), RequestID(at: .now() + -60_000))
        let producer = try KafkaProducer(installation.world.broker.configuration)
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(20))
        try producer.send(
            topic: TopicName.normal, key: Array("shop".utf8),
            value: Array(#"{"id":"\#(published)","namespace":"shop","tags":["a"]}"#.utf8), token: 0)
        #expect(producer.flush(timeout: .seconds(20)) { _ in } == 0)
        // Until the view has seen the record it may call an id unknown that is older than all it has seen.
        try eventually("it is queued") { try installation.status(published) == (200, "queued") }
        for _ in 0..<50 { #expect(try installation.status(published).code == 200) }
        try installation.startRole("worker")
        try installation.world.explained {
            try eventually("it is completed", within: .seconds(60)) {
                try installation.status(published) == (200, "completed")
            }
            try eventually("an id that nobody has is unknown", within: .seconds(60)) {
                try installation.status(never).code == 404
            }
        }
    }
}
