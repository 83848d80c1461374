import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of offsets and commits.
@Suite("Offsets", .timeLimit(.minutes(2)))
struct OffsetTests {
    @Test(arguments: Cluster.available)
    func commitIsReadBackWithItsMetadata(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 3)
        let group = KafkaCluster.uniqueName("group")
        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning(group: group))
        let largest = String(repeating: "x", count: CommitOffset.metadataBytesMax)
        let offsets = [
            CommitOffset(topic.all[0], offset: 42, metadata: "done=1,2"),
            CommitOffset(topic.all[1], offset: 7, metadata: largest),
        ]
        try consumer.commit(offsets)
        var results: [CommitResult] = []
        try eventually("the commit's answer") {
            consumer.poll(timeout: .milliseconds(100)) { if case .committed(let answer) = $0 { results += answer } }
            return !results.isEmpty
        }
        #expect(results.map(\.error) == [nil, nil])
        #expect(results.map(\.partition) == [topic.all[0], topic.all[1]])
        #expect(results.map(\.offset) == [42, 7])

        let other = try KafkaConsumer(topic.configuration, ConsumerTuning(group: group))
        let committed = try other.committed(topic.all, timeout: .seconds(20))
        #expect(committed.map(\.offset) == [42, 7, nil])
        #expect(committed.map(\.metadata) == ["done=1,2", largest, ""])

        try other.commitSync([CommitOffset(topic.all[0], offset: 43)], timeout: .seconds(20))
        let repeated = try consumer.committed([topic.all[0]], timeout: .seconds(20))
        #expect(repeated.map(\.offset) == [43])
        #expect(repeated.map(\.metadata) == [""])
        #expect(other.close(deadline: .seconds(20)))
        #expect(consumer.close(deadline: .seconds(20)))
    }

    @Test(arguments: Cluster.available)
    func endsOfManyPartitionsAreAskedForAtOnce(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 3)
        let producer = try topic.producer()
        for (partition, count) in [(Int32(1), 4), (2, 9)] {
            for _ in 0..<count { try producer.store(topic.name, partition: partition, "x") }
        }
        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning())
        let marks = try consumer.watermarks(of: topic.all, timeout: .seconds(20))
        #expect(topic.all.map { marks[$0] } == [0, 4, 9].map { Watermarks(low: 0, high: $0) })
        #expect(try consumer.watermarks(of: [], timeout: .seconds(1)).isEmpty)
        #expect(consumer.close(deadline: .seconds(20)))
    }

    @Test(.realKafka)
    func offsetsAreFoundByTime() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        let name = KafkaCluster.uniqueName("times")
        let config = ["message.timestamp.type": "LogAppendTime"]
        #expect(try admin.createTopics([NewTopic(name, partitions: 2, config: config)]).allSatisfy { $0.error == nil })
        let producer = try KafkaProducer(KafkaCluster.configuration())
        try producer.warmUp(topics: [name], timeout: .seconds(30))
        let reader = try KafkaConsumer(KafkaCluster.configuration(), ConsumerTuning())
        let partition = TopicPartition(name, 0)
        try reader.assignPartitions([TopicPartitionOffset(partition, .beginning)])
        var times: [Int64] = []
        for index in 0..<3 {
            try producer.store(name, partition: 0, "x")
            try eventually("the record, and another millisecond") {
                reader.poll { _ in }
                _ = try reader.records(of: partition, max: 1) { times.append($0.appendedAt ?? 0) }
                return times.count == index + 1 && currentMilliseconds() > times[index] + 1
            }
        }
        #expect(try admin.offsets(newerThan: [partition: times[0] - 1]) == [partition: 0])
        #expect(try admin.offsets(newerThan: [partition: times[0]]) == [partition: 1])
        #expect(try admin.offsets(newerThan: [partition: times[1]]) == [partition: 2])
        #expect(try admin.offsets(newerThan: [partition: times[2], TopicPartition(name, 1): 0]).isEmpty)
        #expect(reader.close(deadline: .seconds(20)))
    }

    /// A partition that fails does not fail the others.
    @Test(.realKafka)
    func eachPartitionAnswersForATime() throws {
        let topic = try Cluster.real.topic(partitions: 2)
        let base = currentMilliseconds() - 3_600_000
        try TimedWriter(topic).write(0, times: [base, base + 10, base + 10])
        let missing = TopicPartition(topic.name, 9)
        let admin = try KafkaAdmin(topic.configuration)
        let answers = try admin.offsetsForTimes([topic.all[0]: base + 10, topic.all[1]: base, missing: base])
        #expect(answers[topic.all[0]] == .success(1))
        #expect(answers[topic.all[1]] == .success(nil))
        #expect(throws: KafkaError.self) { try answers[missing]?.get() }
        #expect(try admin.offsetsForTimes([topic.all[0]: base + 11]) == [topic.all[0]: .success(nil)])
        #expect(try admin.offsetsForTimes([topic.all[0]: -1]) == [topic.all[0]: .success(0)])
    }

    @Test func theEmbeddedClusterKnowsNoTimes() throws {
        let topic = try Cluster.embedded.topic(partitions: 1)
        try topic.producer().store(topic.name, partition: 0, "x")
        let answers = try KafkaAdmin(topic.configuration).offsetsForTimes([topic.all[0]: 0])
        #expect(answers == [topic.all[0]: .success(nil)])
    }

    private func currentMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    @Test(arguments: ["ü", "a\0b", String(repeating: "x", count: CommitOffset.metadataBytesMax + 1)])
    func metadataThatABrokerCouldDamageIsRefused(metadata: String) throws {
        let topic = try Cluster.embedded.topic()
        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning(group: "g"))
        #expect(throws: KafkaError.self) {
            try consumer.commit([CommitOffset(topic.all[0], offset: 1, metadata: metadata)])
        }
    }

    @Test func commitWithoutABrokerEndsInItsTime() throws {
        let port = try freePort()
        let configuration = KafkaConfiguration(brokers: ["127.0.0.1:\(port)"])
        let consumer = try KafkaConsumer(configuration, ConsumerTuning(group: "g"))
        let error = #expect(throws: KafkaError.self) {
            try consumer.commitSync([CommitOffset(TopicPartition("t", 0), offset: 1)], timeout: .seconds(1))
        }
        #expect(error?.code == .timedOut)
    }

    @Test(arguments: Cluster.available)
    func watermarksSayWhatThereIs(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        for _ in 0..<5 { try producer.store(topic.name, partition: 1, "x") }
        let admin = try KafkaAdmin(topic.configuration)
        #expect(try admin.watermarks(of: topic.all[0]) == Watermarks(low: 0, high: 0))
        #expect(try admin.watermarks(of: topic.all[1]) == Watermarks(low: 0, high: 5))
        #expect(try topic.reader().watermarks(of: topic.all[1], timeout: .seconds(10)).high == 5)
    }

    @Test(arguments: Cluster.available)
    func lagCountsWhatIsLeftToRead(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let group = KafkaCluster.uniqueName("group")
        let producer = try topic.producer()
        for _ in 0..<5 { try producer.store(topic.name, partition: 0, "x") }
        for _ in 0..<3 { try producer.store(topic.name, partition: 1, "x") }
        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning(group: group))
        try consumer.commitSync([CommitOffset(topic.all[0], offset: 4)], timeout: .seconds(20))
        let lag = try KafkaAdmin(topic.configuration).lag(group: group, topics: [topic.name])
        #expect(lag.map(\.partition) == topic.all)
        #expect(lag.map(\.committed) == [4, nil])
        #expect(lag.map(\.records) == [1, 3])
        let error = #expect(throws: KafkaError.self) {
            try KafkaAdmin(topic.configuration).lag(group: group, topics: ["there-is-no-such-topic"])
        }
        #expect(error?.code == .unknownTopicOrPartition)
    }
}
