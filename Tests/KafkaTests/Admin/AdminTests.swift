import Kafka
import TestSupport
import Testing

/// Tests of the Kafka admin client.
@Suite("Admin", .timeLimit(.minutes(2)))
struct AdminTests {
    @Test(.realKafka)
    func topicsAreMadeDescribedAndDeleted() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        let names = (0..<2).map { _ in KafkaCluster.uniqueName("made") }
        let topics = [
            NewTopic(names[0], partitions: 12, replicationFactor: 1, config: ["retention.ms": "60000"]),
            NewTopic(names[1], partitions: 1, config: ["cleanup.policy": "compact"]),
        ]
        #expect(try admin.createTopics(topics).map(\.error) == [nil, nil])

        let described = try admin.describeTopics(names + ["there-is-no-such-topic"])
        #expect(described.map(\.name) == names)
        #expect(described.map(\.partitions) == [12, 1])
        #expect(described.map(\.replicationFactor) == [1, 1])
        #expect(described.map { $0.config["retention.ms"] }.first == "60000")
        #expect(described.map { $0.config["cleanup.policy"] } == ["delete", "compact"])

        let repeated = try admin.createTopics([topics[0], NewTopic("bad name!", partitions: 1)])
        #expect(repeated.map(\.topic) == [names[0], "bad name!"])
        #expect(repeated.first?.error?.code == .topicAlreadyExists)
        #expect(repeated.last?.error != nil)

        #expect(try admin.deleteTopics(names).map(\.error) == [nil, nil])
        try eventually("the topics are gone") { try admin.describeTopics(names).isEmpty }
    }

    @Test(.realKafka)
    func badSettingIsNamedByTheBroker() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        let topic = NewTopic(KafkaCluster.uniqueName("bad"), partitions: 1, config: ["no.such.setting": "1"])
        let results = try admin.createTopics([topic])
        #expect(results.first?.error?.description.contains("no.such.setting") == true)
    }

    @Test func embeddedClusterHasItsTopicsWithTheirPartitions() throws {
        let cluster = try EmbeddedCluster(brokers: 3)
        try cluster.createTopic("a", partitions: 12)
        try cluster.createTopic("b", partitions: 1)
        #expect(cluster.brokers.count == 3)
        #expect(cluster.topics == ["a": 12, "b": 1])
        let metadata = try KafkaAdmin(KafkaConfiguration(brokers: cluster.brokers)).metadata()
        #expect(metadata.brokers.count == 3)
        #expect(metadata.topics.map(\.name).sorted() == ["a", "b"])
        #expect(metadata.topic("a")?.partitions.map(\.id) == Array(0..<12))
        #expect(metadata.topic("a")?.partitions.allSatisfy { $0.leader != nil && $0.inSync.count == 3 } == true)
        #expect(metadata.topic("c") == nil)
    }

    @Test func embeddedTopicIsMadeOnce() throws {
        let cluster = try EmbeddedCluster()
        try cluster.createTopic("a", partitions: 2)
        #expect(throws: KafkaError.self) { try cluster.createTopic("a", partitions: 3) }
        #expect(cluster.topics == ["a": 2])
    }

    /// The embedded cluster makes no topics by request: a clear refusal, not a hang.
    @Test func embeddedClusterSaysThatItKnowsNoAdminRequests() throws {
        let cluster = try EmbeddedCluster()
        try cluster.createTopic("a", partitions: 1)
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: cluster.brokers))
        #expect(throws: KafkaError.self) {
            try admin.createTopics([NewTopic("b", partitions: 1)], timeout: .seconds(2))
        }
        #expect(throws: KafkaError.self) { try admin.configuration(ofTopics: ["a"], timeout: .seconds(2)) }
        let described = try admin.describeTopics(["a", "b"])
        #expect(described == [TopicDescription(name: "a", partitions: 1, replicationFactor: 1, config: [:])])
    }

    @Test func missingTopicIsNotMadeByAskingForIt() throws {
        let cluster = try EmbeddedCluster()
        try cluster.createTopic("a", partitions: 1)
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: cluster.brokers))
        #expect(try admin.metadata().topic("b") == nil)
        #expect(try admin.metadata().topics.map(\.name) == ["a"])
    }
}
