import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of range bounds on a cluster.
@Suite("Log range bounds", .timeLimit(.minutes(2)))
struct LogRangeResolverTests {
    /// An hour ago: too young for retention.
    private let base = Int64(Date().timeIntervalSince1970 * 1_000) - 3_600_000

    private func range(
        _ topic: TestTopic, _ partition: Int, _ from: LogBound, _ until: LogBound
    ) throws -> ResolvedRange {
        let bounds = [topic.all[partition]: LogBounds(from: from, until: until)]
        let resolved = try LogRangeResolver(topic.configuration).resolve(bounds)
        return try #require(resolved.first)
    }

    private func offsets(
        _ topic: TestTopic, _ from: LogBound, _ until: LogBound
    ) throws -> [Range<Int64>] {
        let resolver = try LogRangeResolver(topic.configuration)
        let partitions = try resolver.partitions(of: [topic.name])
        #expect(partitions == topic.all)
        let bounds = Dictionary(uniqueKeysWithValues: partitions.map { ($0, LogBounds(from: from, until: until)) })
        let resolved = try resolver.resolve(bounds)
        #expect(resolved.map(\.range.partition) == topic.all)
        #expect(resolved.allSatisfy { $0.missing == nil })
        return resolved.map { $0.range.start..<$0.range.end }
    }

    @Test(arguments: Cluster.available)
    func timesSelectExactly(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 3)
        let writer = try TimedWriter(topic)
        // One batch, and one record at a time: equal times within a batch and across batches.
        try writer.write(0, times: [0, 10, 10].map { base + $0 })
        try writer.write(0, times: [base + 10])
        try writer.write(0, times: [base + 20])
        try writer.write(2, times: [base + 5])
        #expect(try offsets(topic, .time(base), .time(base + 10)) == [0..<1, 0..<0, 0..<1])
        #expect(try offsets(topic, .time(base + 1), .time(base + 10)) == [1..<1, 0..<0, 0..<1])
        #expect(try offsets(topic, .time(base + 10), .time(base + 20)) == [1..<4, 0..<0, 1..<1])
        #expect(try offsets(topic, .time(base + 11), .time(base + 21)) == [4..<5, 0..<0, 1..<1])
        #expect(try offsets(topic, .time(base - 99), .time(base + 999_999_999)) == [0..<5, 0..<0, 0..<1])
        #expect(try offsets(topic, .time(base + 999_999_998), .time(base + 999_999_999)) == [5..<5, 0..<0, 1..<1])
        #expect(try offsets(topic, .time(base - 99), .time(base - 9)) == [0..<0, 0..<0, 0..<0])
        #expect(try offsets(topic, .beginning, .time(base + 10)) == [0..<1, 0..<0, 0..<1])
        #expect(try offsets(topic, .offset(2), .end) == [2..<5, 0..<0, 1..<1])
    }

    @Test(.realKafka)
    func whatWasRemovedIsTold() throws {
        let topic = try Cluster.real.topic(partitions: 2)
        let writer = try TimedWriter(topic)
        try writer.write(0, times: [0, 10, 20, 30].map { base + $0 })
        try writer.remove(0, before: 2)
        let early = try range(topic, 0, .time(base), .end)
        #expect(early.range == LogRange(topic.all[0], from: 2, to: 4))
        #expect(early.missing == .times(base..<base + 20))
        #expect(early.watermarks == Watermarks(low: 2, high: 4))
        #expect(try range(topic, 0, .time(base + 21), .end).missing == nil)
        #expect(try range(topic, 0, .offset(1), .end).missing == .offsets(1..<2))
        #expect(try range(topic, 0, .beginning, .end).missing == nil)
        try writer.remove(0, before: 4)
        let all = try range(topic, 0, .time(base), .end)
        #expect(all.range.isEmpty && all.range.start == 4)
        #expect(all.missing == .unknown)
        // There was never anything.
        #expect(try range(topic, 1, .time(base), .end).missing == nil)
    }

    /// It holds five mebibytes of each partition.
    @Test func whatTheEmbeddedClusterDroppedIsTold() throws {
        let topic = try Cluster.embedded.topic(partitions: 1)
        let writer = try TimedWriter(topic)
        for index in 0..<8 { try writer.write(0, times: [base + Int64(index) * 10], bytes: 900_000) }
        let early = try range(topic, 0, .time(base), .time(base + 70))
        let low = early.watermarks.low
        #expect(low > 0)
        #expect(early.range == LogRange(topic.all[0], from: low, to: 7))
        #expect(early.missing == .times(base..<base + low * 10))
        #expect(try range(topic, 0, .time(base + low * 10 + 1), .end).range.start == low + 1)
    }

    /// Until it ends, its records may yet become part of the range.
    @Test(.realKafka)
    func anOpenTransactionBelongsToTheRange() throws {
        let topic = try Cluster.real.topic(partitions: 1)
        let writer = try TimedWriter(topic, transactions: KafkaCluster.uniqueName("open"))
        try writer.begin()
        try writer.write(0, times: [base, base + 10])
        #expect(try range(topic, 0, .time(base + 10), .time(base + 11)).range == LogRange(topic.all[0], from: 1, to: 2))
        try writer.abort()
    }

    @Test(arguments: Cluster.available)
    func anUnknownTopicIsNamed(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 1)
        let resolver = try LogRangeResolver(topic.configuration)
        let error = #expect(throws: KafkaError.self) { try resolver.partitions(of: [topic.name, "missing"]) }
        #expect(error?.code == .unknownTopicOrPartition && error?.description.contains("missing") == true)
        #expect(try resolver.resolve([:]).isEmpty)
    }
}
