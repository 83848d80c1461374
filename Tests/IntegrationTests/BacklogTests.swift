import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// A long backlog waits in Kafka, in order: nothing is deferred.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct BacklogTests {
    private static let requests = 60_000
    private static let namespaces = 1_000

    @Test(.timeLimit(.minutes(5)), arguments: [1, 5])
    func aBacklogOfEquallyFastEdgesDefersNothing(_ edges: Int) throws {
        let world = try ProcessWorld("backlog")
        let recorders = try (1...edges).map { _ in try PurgeRecorder() }
        try world.configure(
            edges: recorders.enumerated().map { number, recorder in
                """
                {name: edge-\(number), adapter: http, address: "\(recorder.address)", timeout: 30s, \
                limits: {requests: none}}
                """
            })
        try world.applyTopics()
        let publisher = try RequestPublisher(world.broker.configuration, linger: .milliseconds(20))
        for number in 0..<Self.requests {
            try publisher.publish(namespace: "shop-\(number % Self.namespaces)", tag: "item-\(number)")
        }
        try publisher.finish()

        try world.startRole("worker", as: "worker")
        try world.explained {
            try eventually("all requests reached all edges", within: .seconds(240)) {
                recorders.allSatisfy { $0.count == Self.requests }
            }
        }
        let consumer = try KafkaConsumer(world.broker.configuration, ConsumerTuning())
        defer { _ = consumer.close(deadline: .seconds(5)) }
        let retries = TopicName.retries.flatMap { topic in (0..<12).map { TopicPartition(topic, Int32($0)) } }
        let deferred = try consumer.ends(of: retries, timeout: .seconds(20)).values.reduce(0, +)
        #expect(deferred == 0)
        for recorder in recorders {
            for (namespace, tags) in recorder.order {
                let numbers = tags.compactMap { Int($0.dropFirst("item-".count)) }
                #expect(numbers == numbers.sorted(), "\(namespace) out of order")
            }
        }
        try world.stopAtOnce("worker")
    }
}
