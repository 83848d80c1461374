import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Logs that are shorter than the group's offsets say, or others: nothing that was accepted is lost.
@Suite(.serialized, .realKafka)
struct LogGoneBackTests {
    private func tags(_ name: String, _ count: Int) -> [String] { (0..<count).map { "\(name)-\($0)" } }

    private func expectNoted(_ world: WorkerOnKafka) {
        #expect(world.count("cachesync_worker_logs_gone_back_total") > 0)
        #expect(!world.logged(TopicName.normal).isEmpty)
        #expect(world.failure == nil)
    }

    @Test(.timeLimit(.minutes(2)))
    func anOffsetCommittedBeyondTheEndLosesNothing() throws {
        let world = try WorkerOnKafka("beyond")
        try world.commit(TopicName.normal, offset: 20)
        world.startWorker()
        try world.publish(tags("new", 25))
        try world.expectArrivals(tags("new", 25))
        expectNoted(world)
    }

    /// Left alone, it would be trusted by the next owner as soon as the log has grown to where the other one was.
    @Test(.timeLimit(.minutes(2)))
    func anOffsetOfAnotherLogIsReplacedBeforeAnythingIsRead() throws {
        let world = try WorkerOnKafka("replaced")
        try world.commit(TopicName.normal, offset: 20)
        world.startWorker()
        try world.explained {
            try eventually("the committed offsets are of this log") {
                try world.admin.lag(group: world.configuration.group, topics: [TopicName.normal]).allSatisfy {
                    $0.committed == 0
                }
            }
        }
        expectNoted(world)
    }

    /// A completed-offset set that speaks of offsets which do not exist yet.
    @Test(.timeLimit(.minutes(2)), arguments: ["aAww", "aAB4"])
    func metadataOfOffsetsBeyondTheEndLosesNothing(metadata: String) throws {
        let world = try WorkerOnKafka("metadata")
        try world.commit(TopicName.normal, offset: 0, metadata: metadata)
        world.startWorker()
        try world.publish(tags("new", 40))
        try world.expectArrivals(tags("new", 40))
        expectNoted(world)
    }

    /// Fewer records than before: the old position lies beyond the new end. More: it lies within.
    @Test(.timeLimit(.minutes(3)), arguments: [5, 60], [false, true])
    func aTopicThatIsMadeAnewUnderARunningWorkerLosesNothing(count: Int, isCommitted: Bool) throws {
        let world = try WorkerOnKafka("anew")
        world.startWorker()
        try world.publish(tags("old", 30))
        try world.expectArrivals(tags("old", 30))
        if isCommitted { try world.expectCommits() }
        #expect(try world.admin.deleteTopics([TopicName.normal]).allSatisfy { $0.error == nil })
        try TopicSetup.apply(WorkerOnKafka.definitions(partitions: WorkerOnKafka.partitions), to: world.admin)
        try world.publish(tags("new", count))
        try world.expectArrivals(tags("new", count), within: .seconds(90))
        #expect(world.failure == nil)
    }

    /// The same while no worker runs, with the old offsets brought back, as tools that copy offsets do.
    @Test(.timeLimit(.minutes(2)))
    func offsetsOfAnotherLogAreNotedAtTheStart() throws {
        let world = try WorkerOnKafka("other")
        world.startWorker()
        try world.publish(tags("old", 30))
        try world.expectArrivals(tags("old", 30))
        try world.expectCommits()
        world.stop()
        let partitions = (0..<Int32(WorkerOnKafka.partitions)).map { TopicPartition(TopicName.normal, $0) }
        let consumer = try KafkaConsumer(world.kafka, ConsumerTuning(group: world.configuration.group))
        defer { consumer.close(deadline: .seconds(5)) }
        let committed = try consumer.committed(partitions, timeout: .seconds(20))
        #expect(try world.admin.deleteTopics([TopicName.normal]).allSatisfy { $0.error == nil })
        try TopicSetup.apply(WorkerOnKafka.definitions(partitions: WorkerOnKafka.partitions), to: world.admin)
        try world.publish(tags("new", 60))
        try consumer.commitSync(
            committed.map { CommitOffset($0.partition, offset: $0.offset ?? 0, metadata: $0.metadata) },
            timeout: .seconds(20))
        world.startWorker()
        try world.expectArrivals(tags("new", 60))
        expectNoted(world)
    }
}
