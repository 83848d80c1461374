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
    private let home: String
    private let heap: String
    private let state = Mutex<[Node]>([])

    /// Formats the storage, starts all nodes, and waits until each knows the others.
    public init(heap: String = "-Xms64m -Xmx256m") throws {
        home = try KafkaHome.path()
        self.heap = heap
        directory = try TemporaryDirectory("kafka-replicated")
        // Somebody else may have a port before Kafka binds it: then others are tried.
        for attempt in 1...5 {
            do {
                try startNodes()
                return
            } catch let failure as KafkaBrokerFailure where attempt < 5 && failure.isOfPorts {
                killNodes()
                for node in 0..<Self.nodes {
                    for name in ["data-\(node)", "kafka-\(node).log"] {
                        try? FileManager.default.removeItem(atPath: directory.file(name))
                    }
                }
            }
        }
    }

    deinit { killNodes() }

    private func killNodes() {
        state.withLock { nodes in
            for node in nodes { node.process.kill() }
            nodes = []
        }
    }

    private func startNodes() throws {
        let ports = try freePorts(Self.nodes * 2)
        for node in 0..<Self.nodes {
            try directory.write("node-\(node).properties", settings(node, ports))
            let format = try run("kafka-storage.sh", ["format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c"], node)
            guard try format.waitForExit(within: .seconds(60)) == 0 else {
                throw KafkaBrokerFailure(log(node))
            }
            let process = try run("kafka-server-start.sh", [], node)
            state.withLock { $0.append(Node(process: process, port: ports[node])) }
        }
        let admin = try KafkaAdmin(configuration)
        try eventually("all brokers are there", within: .seconds(120)) {
            for node in 0..<Self.nodes where !state.withLock({ $0[node].process.isRunning }) {
                throw KafkaBrokerFailure(log(node))
            }
            return (try? admin.metadata(timeout: .seconds(2)).brokers.count) == Self.nodes
        }
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

    private func run(_ tool: String, _ arguments: [String], _ node: Int) throws -> ChildProcess {
        try ChildProcess(
            ["\(home)/bin/\(tool)"] + arguments + [directory.file("node-\(node).properties")],
            environment: ["KAFKA_HEAP_OPTS": heap, "LOG_DIR": directory.file("logs-\(node)")],
            output: directory.file("kafka-\(node).log"))
    }

    private func log(_ node: Int) -> String {
        (try? String(contentsOfFile: directory.file("kafka-\(node).log"), encoding: .utf8)) ?? ""
    }
}
