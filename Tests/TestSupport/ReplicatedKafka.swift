import Foundation
public import Kafka
import Synchronization

/// A real Kafka of three nodes, each of which can be frozen (SIGSTOP) and thawed.
///
/// They are brokers and controllers in one, with Kafka's own times for missing each other.
public final class ReplicatedKafka: Sendable {
    public static let nodes = 3

    private struct Node: Sendable {
        let process: ChildProcess
        let port: Int
    }

    public let directory: TemporaryDirectory
    private let state = Mutex<[Node]>([])

    /// Formats the storage, starts all nodes, and waits until each knows the others.
    public init(heap: String = "-Xms64m -Xmx256m") throws {
        let home = try KafkaHome.path()
        directory = try TemporaryDirectory("kafka-replicated")
        // Held open together, so that the kernel cannot give the same port out twice.
        let sockets = try (0..<Self.nodes * 2).map { _ in try loopbackSocket() }
        let ports = try sockets.map { try boundPort(of: $0) }
        sockets.forEach { _ = close($0) }
        for node in 0..<Self.nodes {
            try directory.write("node-\(node).properties", settings(node, ports))
            let format = try run(
                home, "kafka-storage.sh", ["format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c"], node, heap)
            guard try format.waitForExit(within: .seconds(60)) == 0 else {
                throw KafkaBrokerFailure(description: lastWords(node))
            }
            let process = try run(home, "kafka-server-start.sh", [], node, heap)
            state.withLock { $0.append(Node(process: process, port: ports[node])) }
        }
        let admin = try KafkaAdmin(configuration)
        try eventually("all brokers are there", within: .seconds(120)) {
            for node in 0..<Self.nodes where !state.withLock({ $0[node].process.isRunning }) {
                throw KafkaBrokerFailure(description: lastWords(node))
            }
            return (try? admin.metadata(timeout: .seconds(2)).brokers.count) == Self.nodes
        }
    }

    deinit {
        for node in state.withLock({ $0 }) { node.process.kill() }
    }

    public var brokers: [String] { state.withLock { $0.map { "127.0.0.1:\($0.port)" } } }
    public var configuration: KafkaConfiguration { KafkaConfiguration(brokers: brokers, clientID: "test") }

    /// - Parameter broker: from 1, as metadata numbers it.
    public func freeze(_ broker: Int32) { signal(broker, SIGSTOP) }

    public func thaw(_ broker: Int32) { signal(broker, SIGCONT) }

    private func signal(_ broker: Int32, _ number: Int32) {
        state.withLock { $0[Int(broker) - 1].process.signal(number) }
    }

    private func settings(_ node: Int, _ ports: [Int]) -> String {
        let controllers = (0..<Self.nodes).map { "\($0 + 1)@127.0.0.1:\(ports[Self.nodes + $0])" }
        return """
            process.roles=broker,controller
            node.id=\(node + 1)
            controller.quorum.voters=\(controllers.joined(separator: ","))
            listeners=PLAIN://127.0.0.1:\(ports[node]),CONTROLLER://127.0.0.1:\(ports[Self.nodes + node])
            advertised.listeners=PLAIN://127.0.0.1:\(ports[node])
            listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT
            controller.listener.names=CONTROLLER
            inter.broker.listener.name=PLAIN
            log.dirs=\(directory.path)/data-\(node)
            log.index.size.max.bytes=131072
            auto.create.topics.enable=false
            offsets.topic.num.partitions=3
            offsets.topic.replication.factor=3
            group.initial.rebalance.delay.ms=0
            group.min.session.timeout.ms=1000

            """
    }

    private func run(
        _ home: String, _ tool: String, _ arguments: [String], _ node: Int, _ heap: String
    ) throws -> ChildProcess {
        try ChildProcess(
            ["\(home)/bin/\(tool)"] + arguments + [directory.file("node-\(node).properties")],
            environment: ["KAFKA_HEAP_OPTS": heap, "LOG_DIR": directory.file("logs-\(node)")],
            output: directory.file("kafka-\(node).log"))
    }

    private func lastWords(_ node: Int) -> String {
        String(
            ((try? String(contentsOfFile: directory.file("kafka-\(node).log"), encoding: .utf8)) ?? "").suffix(4_000))
    }
}
