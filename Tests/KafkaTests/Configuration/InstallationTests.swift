import Kafka
import TestSupport
import Testing

/// Several installations on one cluster, told apart by the prefix of their topics and groups.
@Suite("Installations", .timeLimit(.minutes(2)))
struct InstallationTests {
    private func installation(_ purpose: String) throws -> KafkaConfiguration {
        var configuration = try KafkaCluster.configuration()
        configuration.topicPrefix = KafkaCluster.uniqueName(purpose) + "."
        return configuration
    }

    private func store(_ values: [String], _ configuration: KafkaConfiguration) throws {
        let producer = try KafkaProducer(configuration)
        try producer.warmUp(topics: ["t"], timeout: .seconds(30))
        for value in values { try producer.store("t", partition: 0, value) }
    }

    @Test(.realKafka)
    func theyNeitherSeeNorReadEachOthersTopics() throws {
        let (one, other) = (try installation("one"), try installation("other"))
        for configuration in [one, other] {
            let results = try KafkaAdmin(configuration).createTopics([
                NewTopic("t", partitions: 1, config: ["retention.ms": "7000000"])
            ])
            #expect(results.map(\.topic) == ["t"])
            #expect(results.allSatisfy { $0.error == nil })
        }
        try store(["a", "b"], one)
        try store(["c"], other)

        for (configuration, values) in [(one, ["a", "b"]), (other, ["c"])] {
            let admin = try KafkaAdmin(configuration)
            #expect(try admin.metadata().topics.map(\.name) == ["t"])
            #expect(try admin.describeTopics(["t"]).map { $0.config["retention.ms"] } == ["7000000"])
            let partition = TopicPartition("t", 0)
            #expect(try admin.watermarks(of: partition).high == Int64(values.count))
            let consumer = try KafkaConsumer(configuration, ConsumerTuning(group: "g"))
            try consumer.assignPartitions([TopicPartitionOffset(partition, .beginning)])
            let records = try consumer.read(values.count)
            #expect(records.map { String(decoding: $0.value ?? [], as: UTF8.self) } == values)
            try consumer.commitSync([CommitOffset(partition, offset: Int64(values.count))], timeout: .seconds(20))
            #expect(try admin.lag(group: "g", topics: ["t"]).map(\.committed) == [Int64(values.count)])
            #expect(consumer.close(deadline: .seconds(20)))
        }
        // Somebody without a prefix sees the long names.
        let names = try KafkaAdmin(KafkaCluster.configuration()).metadata().topics.map(\.name)
        for prefix in [one.topicPrefix, other.topicPrefix] { #expect(names.contains("\(prefix)t")) }
        #expect(try KafkaAdmin(one).deleteTopics(["t"]).map(\.error) == [nil])
        #expect(try KafkaAdmin(other).metadata().topics.map(\.name) == ["t"])
    }

    @Test(.realKafka)
    func aGroupIsSharedWithinAnInstallation() throws {
        let one = try installation("group")
        let admin = try KafkaAdmin(one)
        _ = try admin.createTopics([NewTopic("t", partitions: 2)])
        var tuning = ConsumerTuning(group: "g")
        tuning.sessionTimeout = .seconds(6)
        var named = one
        named.clientID = "somebody"
        let consumer = try KafkaConsumer(named, tuning)
        try consumer.subscribe(["t"])
        var assigned: [TopicPartition] = []
        try eventually("an assignment") {
            consumer.poll { if case .assigned(let partitions) = $0 { assigned = partitions } }
            return !assigned.isEmpty
        }
        #expect(assigned.sorted() == [TopicPartition("t", 0), TopicPartition("t", 1)])
        try consumer.acceptAssignment(assigned.map { TopicPartitionOffset($0, .beginning) })
        let group = try admin.describeGroup("g")
        #expect(group.state == .stable)
        #expect(group.members.map(\.clientID) == ["somebody"])
        #expect(try admin.describeGroup("another").members.isEmpty)
        #expect(consumer.close(deadline: .seconds(20)))
    }

    @Test(arguments: ["a b", "ü", "a/", "a\n", String(repeating: "x", count: 101)])
    func aPrefixThatNoTopicCanHaveIsRefused(prefix: String) {
        var configuration = KafkaConfiguration(brokers: ["127.0.0.1:1"])
        configuration.topicPrefix = prefix
        #expect(throws: KafkaError.self) { try KafkaAdmin(configuration) }
    }
}
