import Foundation
import Invalidations
import JSON
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// An embedded cluster with the topics of a view, and a view for it.
final class ProjectorFixture {
    static let partitions = 3

    let cluster: EmbeddedCluster
    let view: ViewFixture
    private let producer: KafkaProducer

    init() throws {
        cluster = try EmbeddedCluster(brokers: 1)
        for topic in ViewFixture.topics {
            try cluster.createTopic(topic, partitions: topic == TopicName.control ? 1 : Self.partitions)
        }
        view = try ViewFixture()
        producer = try KafkaProducer(KafkaConfiguration(brokers: [cluster.bootstrap]))
        try producer.warmUp(topics: ViewFixture.topics, timeout: .seconds(20))
    }

    func configuration(path: String? = nil) -> ProjectorConfiguration {
        var configuration = ProjectorConfiguration(
            kafka: KafkaConfiguration(brokers: [cluster.bootstrap]), view: view.location(path))
        configuration.watermarkInterval = .milliseconds(50)
        return configuration
    }

    /// Returns when the cluster has stored all.
    ///
    /// - Parameter partition: nil for that of the key.
    func produce(_ history: [Progress], topic: String = ViewFixture.topic, partition: Int32? = nil) throws {
        var writer = JSONWriter()
        for progress in history {
            writer.reset()
            ProgressEncoder.encode(progress, into: &writer)
            try send(Array(progress.id.text.utf8), writer.bytes, topic, partition)
        }
        try flush()
    }

    func produce(
        garbage: [[UInt8]?], topic: String = ViewFixture.topic, partition: Int32? = nil
    ) throws {
        for value in garbage { try send(nil, value, topic, partition) }
        try flush()
    }

    /// Returns when the cluster has stored it.
    func produce(
        topic: String, partition: Int32, headers: [KafkaHeader] = [], key: String? = nil, value: [UInt8]? = nil
    ) throws {
        try producer.send(
            topic: topic, partition: partition, key: key.map { Array($0.utf8) }, value: value, headers: headers,
            token: 0)
        try flush()
    }

    /// Waits until the view has folded all that is in the topics.
    func waitUntilFolded(_ records: Int) throws {
        let reader = view.reader
        try eventually("the view has folded \(records) records") {
            guard let marks = try? reader.watermarks() else { return false }
            return !marks.isEmpty && marks.reduce(0) { $0 + $1.nextOffset } == records
                && marks.allSatisfy { $0.caughtUpAt != nil }
        }
    }

    /// How far the view is with the partitions of the progress topic.
    func progressOffsets() throws -> [Int64] {
        try view.reader.watermarks().filter { $0.topic == ViewFixture.topic }.map(\.nextOffset)
    }

    /// The offsets that the projector's group has committed, by partition.
    func hints() throws -> [Int64?] {
        let configuration = configuration()
        let consumer = try KafkaConsumer(configuration.kafka, ConsumerTuning(group: configuration.group))
        defer { consumer.close(deadline: .seconds(5)) }
        let partitions = (0..<Int32(Self.partitions)).map { TopicPartition(ViewFixture.topic, $0) }
        return try consumer.committed(partitions, timeout: .seconds(20)).map(\.offset)
    }

    /// Makes a topic that is neither the progress topic nor read from the start.
    func createTopic(_ topic: String, partitions: Int) throws {
        try cluster.createTopic(topic, partitions: partitions)
        try producer.warmUp(topics: [topic], timeout: .seconds(20))
    }

    private func send(_ key: [UInt8]?, _ value: [UInt8]?, _ topic: String, _ partition: Int32?) throws {
        try producer.send(topic: topic, partition: partition, key: key, value: value, token: 0)
    }

    private func flush() throws {
        var failures = 0
        let unanswered = producer.flush(timeout: .seconds(20)) { delivery in
            if case .failed = delivery.result { failures += 1 }
        }
        try #require(unanswered == 0 && failures == 0)
    }
}
