import Foundation
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Partitions that somebody adds while workers run.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct GrowingTopicsTests {
    private func grow(_ pattern: String, to partitions: Int, _ world: WorkerOnKafka) throws {
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        let topics = NSRegularExpression.escapedPattern(for: world.kafka.topicPrefix) + pattern
        let tool = try ChildProcess([
            "\(home)/bin/kafka-topics.sh", "--bootstrap-server", world.kafka.brokers[0], "--alter", "--topic", topics,
            "--partitions", "\(partitions)",
        ])
        #expect(try tool.waitForExit(within: .seconds(60)) == 0)
    }

    private func store(_ value: String, in partition: Int32, _ world: WorkerOnKafka) throws {
        let producer = try KafkaProducer(world.kafka)
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(30))
        try producer.send(
            topic: TopicName.normal, partition: partition, key: Array("shop".utf8), value: Array(value.utf8), token: 1)
        #expect(producer.flush(timeout: .seconds(30)) == 0)
    }

    /// First without the topic of dead letters, which the worker names and waits for; then with it.
    @Test(.timeLimit(.minutes(3)))
    func newPartitionsAreReadOnceAllTopicsHaveThem() throws {
        let world = try WorkerOnKafka("grow")
        world.configuration.kafka.extra = [.init("topic.metadata.refresh.interval.ms", "1000")]
        world.startWorker()
        let last = Int32(WorkerOnKafka.partitions)
        try grow("cachesync.(invalidations|retry|replays).*", to: WorkerOnKafka.partitions + 1, world)
        try world.explained {
            try eventually("the small topic is named", within: .seconds(60)) {
                world.logged("\(TopicName.dead): \(last)").contains { $0.contains("--partitions \(last + 1)") }
            }
        }
        try store("no request", in: last, world)
        try store(
            #"{"id":"0190a1b2-0000-7000-8000-000000000009","namespace":"shop","tags":["grown"]}"#, in: last, world)
        try grow("cachesync.dead", to: WorkerOnKafka.partitions + 1, world)
        try world.expectArrivals(["grown"], within: .seconds(60))
        try world.explained {
            try eventually("the dead letter stands in the new partition") {
                // Unknown to a client that has not looked since.
                _ = try world.admin.metadata()
                return (try? world.admin.watermarks(of: TopicPartition(TopicName.dead, last)))?.high == 1
            }
        }
        #expect(world.failure == nil)
    }
}
