import Kafka
import TestSupport
import Testing

/// Tests of states of a consumer group.
@Suite(.enabled(if: KafkaCluster.isAvailable, "needs a real Kafka: set KAFKA_HOME"), .timeLimit(.minutes(2)))
struct GroupStateTests {
    @Test func aGroupTellsHowManyAreInIt() throws {
        let topic = try Cluster.real.topic(partitions: 2)
        let admin = try KafkaAdmin(topic.configuration)
        let group = KafkaCluster.uniqueName("group")
        #expect(try admin.describeGroup(group).members.isEmpty)

        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning(group: group))
        try consumer.subscribe([topic.name])
        try eventually("the member is in its group", within: .seconds(40)) {
            consumer.poll(timeout: .milliseconds(100)) { _ in }
            let state = try admin.describeGroup(group)
            return state.members.count == 1 && state.state == .stable
        }
        let partitions = try #require(admin.describeGroup(group).members.first?.partitions)
        #expect(Set(partitions) == [TopicPartition(topic.name, 0), TopicPartition(topic.name, 1)])
        #expect(consumer.close(deadline: .seconds(10)))
        try eventually("the group is empty") { try admin.describeGroup(group).members.isEmpty }
    }

    @Test func noBrokerIsATimeOut() throws {
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: ["127.0.0.1:9"]))
        let error = #expect(throws: KafkaError.self) { try admin.describeGroup("g", timeout: .milliseconds(300)) }
        #expect(error.map { [.timedOut, .transport].contains($0.code) } == true, "\(String(describing: error))")
    }
}
