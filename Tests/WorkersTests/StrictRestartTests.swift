import Edges
import Foundation
import HTTP
import Invalidations
import JSON
import Kafka
import Runtime
import Synchronization
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// A worker on an embedded cluster, and an edge that recovers.
@Suite(.serialized)
struct StrictRestartTests {
    /// Refuses everything until it is told to be up.
    private final class Edge: Sendable {
        let arrivals = Arrivals()
        let refusals = Mutex(0)
        private let isUp = Atomic(false)
        private let server = Mutex<HTTPServer?>(nil)

        init() throws {
            let server = try HTTPServer(HTTPServerConfiguration()) { [unowned self] request, responder in
                guard isUp.load(ordering: .acquiring) else {
                    refusals.withLock { $0 += 1 }
                    responder.respond(.problem(503, "down"))
                    return
                }
                responder.respond((try? arrivals.record(request.body)) == nil ? .problem(400, "odd") : .empty(204))
            }
            self.server.withLock { $0 = server }
        }

        var port: Int { server.withLock { $0?.port ?? 0 } }

        func comeUp() { isUp.store(true, ordering: .releasing) }

        func stop() { server.withLock { $0 }?.stop() }
    }

    private func configuration(_ cluster: EmbeddedCluster, _ edge: Edge) throws -> WorkerConfiguration {
        let text = """
            edges:
              - {name: late, adapter: http, address: "http://127.0.0.1:\(edge.port)", limits: {requests: none}}

            """
        let file = try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml")
        let sources = try ConfigurationSources(
            keys: [EdgeList.key, AccountList.key], environment: [:], file: file, fileName: "test.yaml")
        var core = WorkerSettings()
        core.strictNamespaces = [.exactly("strict")]
        core.retry = RetryPolicy(attemptsMax: 20, base: .milliseconds(5), cap: .milliseconds(20))
        core.retryTiers = [.milliseconds(200), .milliseconds(500)]
        core.breaker.pauseMax = .milliseconds(200)
        core.breaker.pause = .milliseconds(100)
        return WorkerConfiguration(
            kafka: KafkaConfiguration(brokers: cluster.brokers, clientID: "test"), edges: try EdgeList.read(sources),
            name: "worker-1", partitionSource: .allPartitions, core: core)
    }

    /// What was deferred before a restart is found again, and still comes before what was published after it.
    @Test(.timeLimit(.minutes(1)))
    func orderOutlivesAnOutageAndARestart() throws {
        let cluster = try EmbeddedCluster()
        let edge = try Edge()
        defer { edge.stop() }
        let configuration = try configuration(cluster, edge)
        for name in configuration.topics.names + [TopicName.dead, TopicName.progress] {
            try cluster.createTopic(name, partitions: 3)
        }
        let publisher = try RequestPublisher(configuration.kafka)
        func publish(_ numbers: Range<Int>) throws {
            for number in numbers { try publisher.publish(namespace: "strict", tag: "item-\(number)") }
            try publisher.finish()
        }

        let first = EmbeddedWorker(configuration)
        try publish(0..<300)
        let admin = try KafkaAdmin(configuration.kafka)
        try eventually("all are deferred") { try retriesWritten(configuration, admin) >= 300 }
        first.end()

        let refusals = edge.refusals.withLock { $0 }
        let second = EmbeddedWorker(configuration)
        try publish(300..<400)
        try eventually("the next worker tries in vain, too") { edge.refusals.withLock { $0 } > refusals }
        edge.comeUp()
        try publish(400..<500)
        try eventually("everything has arrived", within: .seconds(40)) { edge.arrivals.count == 500 }
        second.end()
        #expect(edge.arrivals.order["strict"] == (0..<500).map { "item-\($0)" })
    }

    /// Records on all retry topics.
    private func retriesWritten(_ configuration: WorkerConfiguration, _ admin: KafkaAdmin) throws -> Int64 {
        try configuration.topics.retries.reduce(0) { sum, topic in
            try (0..<3).reduce(sum) { try $0 + admin.watermarks(of: TopicPartition(topic, $1)).high }
        }
    }
}
