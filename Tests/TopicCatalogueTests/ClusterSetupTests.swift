import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Tests of topic setup on a real Kafka.
@Suite(.enabled(if: KafkaCluster.isAvailable, "no real Kafka: set KAFKA_HOME or CACHESYNC_BROKERS"))
struct ClusterSetupTests {
    /// The catalogue under names that no other test has: the cluster is shared.
    let definitions = TopicCatalogue.all.map { definition in
        var definition = definition
        definition.name = KafkaCluster.uniqueName(definition.name)
        return definition
    }

    @Test(.timeLimit(.minutes(3)))
    func aClusterHasTheTopicsAfterwardsAndOnceIsEnough() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        #expect(try TopicSetup.check(definitions, on: admin).missing.map(\.name) == definitions.map(\.name))

        let first = try TopicSetup.apply(definitions, to: admin)
        #expect(first.missing.map(\.name) == definitions.map(\.name))
        let afterwards = try TopicSetup.check(definitions, on: admin)
        #expect(afterwards.isClean, "\(afterwards.findings)")

        let brokers = try admin.metadata().brokers.count
        for topic in try admin.describeTopics(definitions.map(\.name)) {
            let wanted = try #require(definitions.first { $0.name == topic.name }).fitted(toBrokers: brokers)
            #expect(topic.partitions == wanted.partitions)
            #expect(topic.replicationFactor == wanted.replicationFactor)
            #expect(topic.config.merging(wanted.config) { $1 } == topic.config, "\(topic.name)")
        }

        #expect(try TopicSetup.apply(definitions, to: admin).isClean)
        _ = try admin.deleteTopics(definitions.map(\.name))
    }

    @Test(.timeLimit(.minutes(3)))
    func whatDiffersIsReportedAndLeftAlone() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        let strange = try #require(definitions.first)
        let made = try admin.createTopics([
            NewTopic(strange.name, partitions: 4, config: ["retention.ms": "60000", "cleanup.policy": "compact"])
        ])
        #expect(made.allSatisfy { $0.error == nil })

        #expect(
            try TopicSetup.apply(definitions, to: admin).missing.map(\.name) == definitions.dropFirst().map(\.name))
        let findings = try TopicSetup.check(definitions, on: admin).findings
        #expect(findings.allSatisfy { $0.topic == strange.name })
        #expect(findings.first == .partitions(topic: strange.name, wanted: 12, found: 4))
        #expect(
            findings.contains(
                .config(topic: strange.name, setting: "retention.ms", wanted: "604800000", found: "60000")))
        #expect(try admin.describeTopics([strange.name]).first?.partitions == 4)
        _ = try admin.deleteTopics(definitions.map(\.name))
    }

    /// The names are those that commands need.
    @Test(.timeLimit(.minutes(3)))
    func anInstallationsTopicsAreNamedWithItsPrefix() throws {
        var configuration = try KafkaCluster.configuration()
        configuration.topicPrefix = KafkaCluster.uniqueName("installation") + "."
        let admin = try KafkaAdmin(configuration)
        let one = [try #require(TopicCatalogue.definition(named: TopicName.dead))]
        #expect(
            try TopicSetup.check(one, on: admin).findings.map(\.topic) == [configuration.topicPrefix + TopicName.dead])
        try TopicSetup.apply(one, to: admin)
        #expect(try TopicSetup.check(one, on: admin).isClean)
        #expect(try KafkaAdmin(KafkaCluster.configuration()).describeTopics([TopicName.dead]).isEmpty)
        _ = try admin.deleteTopics([TopicName.dead])
    }

    @Test(.timeLimit(.minutes(3)))
    func aTopicThatTheClusterRefusesIsAnError() throws {
        let admin = try KafkaAdmin(KafkaCluster.configuration())
        var refused = try #require(definitions.first)
        refused.config["cleanup.policy"] = "burn"
        let error = #expect(throws: KafkaError.self) { try TopicSetup.apply([refused], to: admin) }
        #expect(error.map { "\($0)" }?.contains("cleanup.policy") == true, "\(error.map { "\($0)" } ?? "none")")
    }
}
