import Edges
import Foundation
import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Purges that wait for their `notBefore`, on an embedded cluster, while workers come and go.
@Suite(.serialized)
struct ScheduledPurgeTests {
    private func configuration(_ cluster: EmbeddedCluster, _ recorder: PurgeRecorder) throws -> WorkerConfiguration {
        let text = "edges:\n  - {name: recorder, adapter: http, address: \"\(recorder.address)\"}\n"
        let file = try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml")
        let sources = try ConfigurationSources(
            keys: [EdgeList.key, AccountList.key], environment: [:], file: file, fileName: "test.yaml")
        return WorkerConfiguration(
            kafka: KafkaConfiguration(brokers: cluster.brokers, clientID: "test"), edges: try EdgeList.read(sources),
            name: "worker-1", partitionSource: .allPartitions)
    }

    @Test(.timeLimit(.minutes(1)))
    func aPurgeWaitsForItsTimeOverARestart() throws {
        let cluster = try EmbeddedCluster()
        let recorder = try PurgeRecorder()
        defer { recorder.stop() }
        let configuration = try configuration(cluster, recorder)
        for name in configuration.topics.names + [TopicName.dead, TopicName.progress] {
            try cluster.createTopic(name, partitions: 3)
        }
        let first = EmbeddedWorker(configuration)
        let publisher = try RequestPublisher(configuration.kafka)
        let notBefore = Timestamp.now() + 10_000
        // Both clocks pass alike; the text of a time has whole milliseconds.
        let earliest = MonotonicTime.now() + .milliseconds(9_999)
        try publisher.publish(namespace: "shop", tag: "later", notBefore: notBefore)
        try publisher.publish(namespace: "shop", tag: "now")
        try publisher.finish()
        let admin = try KafkaAdmin(configuration.kafka)
        try eventually("it waits on the first retry topic") {
            try (0..<3).contains { try admin.watermarks(of: TopicPartition(TopicName.retries[0], $0)).high > 0 }
        }
        try eventually("the other one is purged") { recorder.count == 1 }
        // What the worker has not finished would be purged once more by the next one.
        try eventually("both records are finished") {
            try admin.lag(group: configuration.group, topics: [TopicName.normal]).allSatisfy { $0.records == 0 }
        }
        first.end()

        let second = EmbeddedWorker(configuration)
        try eventually("it is purged") { recorder.count == 2 }
        second.end()
        let last = try #require(recorder.calls.last)
        #expect(last >= earliest, "too early")
        #expect(recorder.order["shop"] == ["now", "later"] && recorder.arrivals.repeats == 0)
    }
}
