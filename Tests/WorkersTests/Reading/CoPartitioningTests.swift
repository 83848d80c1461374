import Kafka
import Testing
import TopicCatalogue
import Workers

/// Tests of co-partitioned topics.
struct CoPartitioningTests {
    private let topics = SourceTopics(tiers: 2)

    private func assignment(_ partitions: Set<Int32>, except: [TopicPartition] = []) -> [TopicPartition] {
        topics.names.flatMap { name in partitions.map { TopicPartition(name, $0) } }.filter { !except.contains($0) }
    }

    @Test func equalTopicsAndPartitionsFit() throws {
        try CoPartitioning.check(Dictionary(topics.all.map { ($0, 12) }) { $1 }, of: topics)
        try CoPartitioning.check(assignment([0, 3, 4]), of: topics)
        try CoPartitioning.check([], of: topics)
    }

    @Test func topicsThatNobodyReadsMayDiffer() throws {
        var counts = Dictionary(topics.all.map { ($0, 12) }) { $1 }
        counts["somebody.elses"] = 3
        counts[TopicName.retries[3]] = 1
        counts[TopicName.progress] = 24
        try CoPartitioning.check(counts, of: topics)
    }

    @Test func anotherNumberOfPartitionsIsRefused() {
        var counts = Dictionary(topics.all.map { ($0, 12) }) { $1 }
        counts[TopicName.retries[1]] = 6
        counts[TopicName.progress] = nil
        #expect(throws: WorkerError.missingTopics([TopicName.progress])) {
            try CoPartitioning.check(counts, of: topics)
        }
        let equal = counts
        counts[TopicName.progress] = 12
        #expect(throws: WorkerError.unequalPartitions(equal)) { try CoPartitioning.check(counts, of: topics) }
        #expect(WorkerError.unequalPartitions(counts).description.contains("--partitions 12"))
    }

    @Test func aMissingTopicIsRefused() {
        let counts = Dictionary(TopicName.invalidations.map { ($0, 12) }) { $1 }
        let missing = [TopicName.replays] + TopicName.retries.prefix(2) + [TopicName.dead, TopicName.progress]
        #expect(throws: WorkerError.missingTopics(missing)) { try CoPartitioning.check(counts, of: topics) }
        #expect(WorkerError.missingTopics(missing).description.contains("cachesync topics apply"))
    }

    @Test func halfAPartitionIsRefused() {
        let lacking = TopicPartition(TopicName.retries[0], 3)
        #expect(throws: WorkerError.splitAssignment(partition: 3, has: TopicName.high, lacks: TopicName.retries[0])) {
            try CoPartitioning.check(assignment([1, 3], except: [lacking]), of: topics)
        }
        #expect(throws: WorkerError.splitAssignment(partition: 7, has: TopicName.low, lacks: TopicName.high)) {
            try CoPartitioning.check(assignment([1]) + [TopicPartition(TopicName.low, 7)], of: topics)
        }
    }
}
