import Foundation
import Invalidations
import JSON
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Bridge processes on a real Kafka: what another system's events say is purged.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct BridgeTests {
    private static let topic = "shop.public.products"

    private static func bridges(_ more: String = "") -> String {
        """
        bridges:
          - {topic: \(topic), format: debezium, namespace: shop, tags: ["product-{row.id}"]\(more)}
        """
    }

    private static func row(_ id: Int) -> [UInt8] {
        Array(#"{"before":null,"after":{"id":\#(id)},"op":"c","ts_ms":\#(Timestamp.now().milliseconds)}"#.utf8)
    }

    private func makeTopics(_ world: ProcessWorld, partitions: Int = 4) throws {
        try world.applyTopics()
        let results = try KafkaAdmin(world.broker.configuration).createTopics(
            [NewTopic(Self.topic, partitions: partitions)])
        #expect(results.allSatisfy { $0.error == nil })
    }

    private func publish(_ values: [[UInt8]?], to world: ProcessWorld, partition: Int32? = nil) throws {
        let producer = try KafkaProducer(world.broker.configuration)
        try producer.warmUp(topics: [Self.topic], timeout: .seconds(30))
        for (number, value) in values.enumerated() {
            try producer.send(
                topic: Self.topic, partition: partition ?? Int32(number % 4), key: nil, value: value, token: 1)
        }
        #expect(producer.flush(timeout: .seconds(30)) == 0)
    }

    /// The bridge has committed where it begins, so what is published from now on is read.
    private func waitUntilBegun(_ world: ProcessWorld, partitions: Int = 4) throws {
        let admin = try KafkaAdmin(world.broker.configuration)
        try world.explained {
            try eventually("the bridge has begun", within: .seconds(60)) {
                try admin.lag(group: "cachesync.bridge", topics: [Self.topic]).count { $0.committed != nil }
                    == partitions
            }
        }
    }

    /// All requests on the invalidation topics, by the partition and in the order of their records.
    private func requests(_ world: ProcessWorld) throws -> [Invalidation] {
        let decoder = InvalidationDecoder()
        var requests: [Invalidation] = []
        let consumer = try KafkaConsumer(world.broker.configuration, ConsumerTuning())
        defer { consumer.close(deadline: .seconds(5)) }
        let partitions = (0..<12).map { TopicPartition(TopicName.normal, $0) }
        let ends = try consumer.ends(of: partitions, timeout: .seconds(10))
        try consumer.assignPartitions(partitions.map { TopicPartitionOffset($0, .beginning) })
        let count = ends.values.reduce(0, +)
        try eventually("all requests are read", within: .seconds(60)) {
            consumer.poll { _ in }
            for partition in partitions {
                _ = try consumer.records(of: partition, max: 10_000) { record in
                    guard let value = record.value else { return }
                    let time = Timestamp(milliseconds: record.timestamp ?? 0)
                    if let request = try? decoder.decode(record: value, time: time, arrival: time) {
                        requests.append(request)
                    }
                }
            }
            return requests.count == count
        }
        return requests
    }

    @Test(.timeLimit(.minutes(3)))
    func aRowThatChangesIsPurgedAtTheCache() throws {
        let world = try ProcessWorld("bridge")
        let recorder = try PurgeRecorder()
        defer { recorder.stop() }
        try world.configure(
            edges: ["{name: recorder, adapter: http, address: \"\(recorder.address)\", limits: {requests: none}}"],
            more: Self.bridges())
        try makeTopics(world)
        let before = try world.runCommand(["doctor", "--json"])
        #expect(before.output.contains("was not read yet"), "\(before.output)")

        let worker = try world.startRole("worker", as: "worker")
        defer { worker.kill() }
        let bridge = try world.startRole("bridge", as: "bridge")
        defer { bridge.kill() }
        try waitUntilBegun(world)
        try publish([Self.row(1), nil, Array("no event".utf8), Self.row(2)], to: world)
        try world.explained {
            try eventually("both rows are purged", within: .seconds(60)) { recorder.count == 2 }
        }
        #expect(Set(recorder.order["shop"] ?? []) == ["product-1", "product-2"])
        #expect(try world.stop("bridge") == 0)
        #expect(
            try KafkaAdmin(world.broker.configuration).lag(group: "cachesync.bridge", topics: [Self.topic])
                .allSatisfy { $0.records == 0 }, "what could not be mapped is passed as well")
        let after = try world.runCommand(["doctor", "--json"])
        #expect(after.output.contains("0 events of \(Self.topic) wait for it"), "\(after.output)")
    }

    @Test(.timeLimit(.minutes(4)))
    func aKilledBridgeLosesNothingAndGivesTheSameIds() throws {
        let world = try ProcessWorld("bridge-kill")
        try world.configure(edges: [], more: Self.bridges())
        try makeTopics(world)
        try world.startRole("bridge", as: "bridge", [])
        defer { world.kill("bridge") }
        try waitUntilBegun(world)

        let count = 20_000
        let admin = try KafkaAdmin(world.broker.configuration)
        for number in 0..<4 {
            try publish((0..<count / 4).map { Self.row(number * count / 4 + $0) }, to: world)
            world.kill("bridge")
            try world.startRole("bridge", as: "bridge", [])
        }
        try world.explained {
            try eventually("the bridge has read all", within: .seconds(120)) {
                try admin.lag(group: "cachesync.bridge", topics: [Self.topic]).allSatisfy { $0.records == 0 }
            }
        }
        #expect(try world.stop("bridge") == 0)

        var ids: [String: Set<RequestID>] = [:]
        for request in try requests(world) {
            ids[request.selectors.tags.first ?? "", default: []].insert(request.id)
        }
        #expect(ids.count == count, "no event is lost")
        #expect(ids.values.allSatisfy { $0.count == 1 }, "an event that is read once more is the same request")
    }

    @Test(.timeLimit(.minutes(3)))
    func aMappingThatStopsHoldsItsPartitionAndNoOther() throws {
        let world = try ProcessWorld("bridge-stop")
        let admin = try freePort()
        try world.configure(
            edges: [], more: "admin: {listen: \"127.0.0.1:\(admin)\"}\n" + Self.bridges(", onError: stop"))
        try makeTopics(world)
        let bridge = try world.startRole("bridge", as: "bridge")
        defer { bridge.kill() }
        try waitUntilBegun(world)
        try publish([Self.row(1), Array("no event".utf8), Self.row(2)], to: world, partition: 0)
        try publish([Self.row(3)], to: world, partition: 1)
        let cluster = try KafkaAdmin(world.broker.configuration)
        try world.explained {
            try eventually("the other partition is read", within: .seconds(60)) {
                try cluster.lag(group: "cachesync.bridge", topics: [Self.topic])
                    .filter { $0.partition.partition != 0 }.allSatisfy { $0.records == 0 }
            }
            try eventually("readiness says where it stands", within: .seconds(60)) {
                try runCommand(["curl", "-s", "http://127.0.0.1:\(admin)/health/ready"]).output
                    .contains("stands still at the event \(Self.topic)/0/1")
            }
        }
        #expect(try world.stop("bridge") == 0)
        let lags = try cluster.lag(group: "cachesync.bridge", topics: [Self.topic])
        #expect(lags.first { $0.partition.partition == 0 }?.committed == 1)
        #expect(Set(try requests(world).flatMap(\.selectors.tags)) == ["product-1", "product-3"])
    }

    @Test(.timeLimit(.minutes(2)))
    func withoutBridgesTheCommandSaysWhatToWrite() throws {
        let directory = try TemporaryDirectory("bridge-none")
        try directory.write("cachesync.yaml", "kafka: {brokers: [\"127.0.0.1:9\"]}\n")
        let result = try BuiltCommand.run(["bridge", "--config", directory.file("cachesync.yaml")])
        #expect(result.exitCode == 78 && result.output.contains("no bridge is configured"), "\(result.output)")
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["127.0.0.1:9"], topicPrefix: staging.}
            bridges:
              - {topic: staging.cachesync.invalidations.normal, format: json, tags: [a]}
            """)
        let loop = try BuiltCommand.run(["bridge", "--config", directory.file("cachesync.yaml")])
        #expect(loop.exitCode == 78 && loop.output.contains("published for ever"), "\(loop.output)")
    }
}
