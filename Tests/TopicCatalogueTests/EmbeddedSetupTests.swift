import Kafka
import Testing
import TopicCatalogue

/// Tests of topic setup on the embedded broker.
struct EmbeddedSetupTests {
    @Test(.timeLimit(.minutes(1)))
    func anEmbeddedClusterHasTheTopicsAfterwards() throws {
        let cluster = try EmbeddedCluster()
        #expect(TopicSetup.check(on: cluster).missing.count == TopicCatalogue.all.count)
        try TopicSetup.apply(to: cluster)
        #expect(TopicSetup.check(on: cluster).isClean)
        #expect(
            cluster.topics
                == Dictionary(uniqueKeysWithValues: TopicCatalogue.all.map { ($0.name, $0.partitions) }))
        // Again: nothing to do, and no error.
        try TopicSetup.apply(to: cluster)
    }

    @Test(.timeLimit(.minutes(1)))
    func anotherPartitionCountIsReportedAndLeftAlone() throws {
        let cluster = try EmbeddedCluster()
        try cluster.createTopic(TopicName.dead, partitions: 4)
        try TopicSetup.apply(to: cluster)
        #expect(TopicSetup.check(on: cluster).findings == [.partitions(topic: TopicName.dead, wanted: 12, found: 4)])
        #expect(cluster.topics[TopicName.dead] == 4)
    }
}
