import Kafka
import TestSupport
import Testing

/// Three brokers of which one hangs, as under a stopped virtual machine: its connections stay open and say nothing.
@Suite("Frozen broker", .timeLimit(.minutes(4)))
struct FrozenBrokerTests {
    /// The controller gives a silent broker nine seconds (`broker.session.timeout.ms`) before it makes another one the
    /// leader. All else is ours.
    private static let patience = Duration.seconds(45)

    @Test(.ownBroker)
    func aSilentLeaderIsGivenUpAndItsSuccessorUsed() throws {
        let kafka = try ReplicatedKafka()
        let admin = try KafkaAdmin(kafka.configuration)
        let topic = NewTopic("t", partitions: 1, replicationFactor: 3, config: ["min.insync.replicas": "2"])
        #expect(try admin.createTopics([topic]).allSatisfy { $0.error == nil })
        var tuning = ProducerTuning(linger: .milliseconds(1), deliveryTimeout: .seconds(60))
        tuning.queuedRecordsMax = 1_000
        let producer = try KafkaProducer(kafka.configuration, tuning)
        try producer.warmUp(topics: ["t"], timeout: .seconds(60))
        #expect(try producer.store("t", partition: 0, "before").offset == 0)
        let reader = try KafkaConsumer(kafka.configuration, ConsumerTuning())
        try reader.assignPartitions([TopicPartitionOffset(TopicPartition("t", 0), .beginning)])
        #expect(try reader.read(1).map(\.offset) == [0])

        let leader = try #require(try admin.metadata().topic("t")?.partitions.first?.leader)
        kafka.freeze(leader)
        defer { kafka.thaw(leader) }
        let since = ContinuousClock.now
        try producer.send(topic: "t", partition: 0, key: nil, value: Array("after".utf8), token: 1)
        var results: [Delivery.Result] = []
        #expect(producer.flush(timeout: .seconds(60)) { results.append($0.result) } == 0)
        let stored = ContinuousClock.now - since
        #expect(results == [.stored(partition: 0, offset: 1)])
        #expect(stored < Self.patience, "stored after \(stored)")
        #expect(try reader.read(1, within: .seconds(30)).map(\.offset) == [1])
        print("a frozen leader: stored after \(stored), read after \(ContinuousClock.now - since)")
        #expect(reader.close(deadline: .seconds(20)))
    }
}
