import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of reading frozen ranges.
@Suite("Log range reader", .timeLimit(.minutes(2)))
struct LogRangeReaderTests {
    @Test(arguments: Cluster.available)
    func eachPartitionIsReadFromItsStartToItsEnd(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 4)
        let producer = try topic.producer()
        for partition in [Int32(0), 1, 3] {
            for index in 0..<10 { try producer.store(topic.name, partition: partition, "\(partition)-\(index)") }
        }
        let ranges = [
            LogRange(topic.all[0], from: 0, to: 10), LogRange(topic.all[1], from: 3, to: 7),
            LogRange(topic.all[2], from: 0, to: 0), LogRange(topic.all[3], from: 5, to: 5),
        ]
        let reader = try LogRangeReader(topic.configuration, ranges)
        let reading = try reader.readAll()
        #expect(reading.offsets[topic.all[0]] == Array(0..<10))
        #expect(reading.offsets[topic.all[1]] == Array(3..<7))
        #expect(reading.offsets.count == 2)
        #expect(Set(reading.ended) == [topic.all[0], topic.all[1]])
        #expect(reading.lost.isEmpty && reading.stalled.isEmpty)
        #expect(topic.all.map { reader.positions[$0] } == [10, 7, 0, 5])
        #expect(try reader.read(max: 1, timeout: .zero) { _ in }.isComplete)
    }

    @Test(arguments: Cluster.available)
    func readingGoesOnFromThePositions(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        for index in 0..<20 { try producer.store(topic.name, partition: Int32(index % 2), "\(index)") }
        let ranges = topic.all.map { LogRange($0, from: 1, to: 9) }
        let first = try LogRangeReader(topic.configuration, ranges)
        var offsets: [TopicPartition: [Int64]] = [:]
        while offsets.values.joined().count < 5 {
            let progress = try first.read(max: 1, timeout: .seconds(20)) {
                offsets[$0.partition, default: []].append($0.offset)
            }
            #expect(progress.records <= 1)
        }
        let positions = first.positions
        first.close(deadline: .seconds(20))
        let left = ranges.map { LogRange($0.partition, from: positions[$0.partition] ?? 0, to: $0.end) }
        let second = try LogRangeReader(topic.configuration, left).readAll()
        #expect(
            offsets.merging(second.offsets) { $0 + $1 } == [
                topic.all[0]: Array(1..<9), topic.all[1]: Array(1..<9),
            ])
    }

    @Test(arguments: Cluster.available)
    func aPausedPartitionWaitsAndTheOthersGoOn(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        for index in 0..<10 { try producer.store(topic.name, partition: Int32(index % 2), "\(index)") }
        let reader = try LogRangeReader(topic.configuration, topic.all.map { LogRange($0, from: 0, to: 5) })
        reader.pause(topic.all[0])
        var offsets: [TopicPartition: [Int64]] = [:]
        var ended: [TopicPartition] = []
        while ended.isEmpty {
            let progress = try reader.read(max: 100, timeout: .seconds(20)) {
                offsets[$0.partition, default: []].append($0.offset)
            }
            ended += progress.ended
        }
        #expect(ended == [topic.all[1]] && offsets == [topic.all[1]: Array(0..<5)])
        #expect(try reader.read(max: 100, timeout: .milliseconds(50)) { _ in } == LogRangeProgress())
        reader.resume(topic.all[0])
        #expect(try reader.readAll().offsets == [topic.all[0]: Array(0..<5)])
    }

    /// Nothing more comes, and no count is right: only the offsets tell.
    @Test(.realKafka)
    func controlRecordsAndAbortedTransactionsAreGaps() throws {
        let topic = try Cluster.real.topic(partitions: 2)
        let base = Int64(Date().timeIntervalSince1970 * 1_000)
        let writer = try TimedWriter(topic, transactions: KafkaCluster.uniqueName("gaps"))
        let plain = try TimedWriter(topic)
        try writer.transaction(0, times: [base, base], isAborted: true)  // 0, 1, marker 2
        try plain.write(0, times: [base])  // 3
        try writer.transaction(0, times: [base, base], isAborted: false)  // 4, 5, marker 6
        try plain.write(0, times: [base])  // 7
        try writer.transaction(0, times: [base], isAborted: true)  // 8, marker 9
        try writer.transaction(1, times: [base], isAborted: true)  // nothing but gaps
        let all = try LogRangeResolver(topic.configuration)
            .resolve(Dictionary(topic.all.map { ($0, LogBounds(from: .beginning, until: .end)) }) { $1 }).map(\.range)
        #expect(all == [LogRange(topic.all[0], from: 0, to: 10), LogRange(topic.all[1], from: 0, to: 2)])
        let reading = try LogRangeReader(topic.configuration, all).readAll()
        #expect(reading.offsets == [topic.all[0]: [3, 4, 5, 7]])
        #expect(Set(reading.ended) == Set(topic.all))
        for (start, end, expected) in [(0, 3, []), (0, 7, [3, 4, 5]), (6, 9, [7]), (5, 6, [5]), (8, 10, [])] {
            let range = LogRange(topic.all[0], from: Int64(start), to: Int64(end))
            let offsets = try LogRangeReader(topic.configuration, [range]).readAll().offsets
            #expect(offsets[topic.all[0], default: []] == expected.map { Int64($0) }, "\(range)")
        }
    }

    @Test(.realKafka)
    func anOpenTransactionIsToldAndWaitedFor() throws {
        let topic = try Cluster.real.topic(partitions: 2)
        let base = Int64(Date().timeIntervalSince1970 * 1_000)
        let writer = try TimedWriter(topic, transactions: KafkaCluster.uniqueName("stalled"))
        let plain = try TimedWriter(topic)
        try plain.write(0, times: [base])
        try plain.write(1, times: [base])
        try writer.begin()
        try writer.write(0, times: [base])
        try plain.write(0, times: [base])
        let ranges = [LogRange(topic.all[0], from: 0, to: 3), LogRange(topic.all[1], from: 0, to: 1)]
        let reader = try LogRangeReader(topic.configuration, ranges)
        var offsets: [TopicPartition: [Int64]] = [:]
        var progress = LogRangeProgress()
        while progress.stalled.isEmpty || offsets.values.joined().count < 2 {
            progress = try reader.read(max: 100, timeout: .seconds(20)) {
                offsets[$0.partition, default: []].append($0.offset)
            }
        }
        #expect(offsets == [topic.all[0]: [0], topic.all[1]: [0]])
        let stalled = progress.stalled
        #expect(stalled.map(\.partition) == [topic.all[0]] && stalled.map(\.offset) == [1])
        #expect(stalled.allSatisfy { $0.since >= base && !progress.isComplete })
        // It still waits, since the same moment.
        #expect(try reader.read(max: 100, timeout: .milliseconds(100)) { _ in }.stalled == stalled)
        // Who has no patience is told whose end reading waits for.
        #expect {
            try LogRangeReader.readAll(topic.configuration, ranges, patience: .zero) { _ in }
        } throws: {
            "\($0)".contains("open at offset 1")
        }
        try writer.commit()
        let others = try reader.readAll()
        #expect(others.offsets == [topic.all[0]: [1, 2]])
        #expect(try reader.read(max: 1, timeout: .zero) { _ in }.stalled.isEmpty)
    }

    @Test(.realKafka)
    func whatIsRemovedMeanwhileIsLost() throws {
        let topic = try Cluster.real.topic(partitions: 1)
        let base = Int64(Date().timeIntervalSince1970 * 1_000)
        let writer = try TimedWriter(topic)
        // More than is fetched ahead.
        for _ in 0..<40 { try writer.write(0, times: [base], bytes: 200_000) }
        let range = LogRange(topic.all[0], from: 0, to: 40)
        let reader = try LogRangeReader(topic.configuration, [range], memoryMax: 0)
        var first: [Int64] = []
        while first.isEmpty { _ = try reader.read(max: 1, timeout: .seconds(20)) { first.append($0.offset) } }
        try writer.remove(0, before: 39)
        let reading = try reader.readAll()
        let read = first + (reading.offsets[topic.all[0]] ?? [])
        let lost = reading.lost.flatMap { Array($0.start..<$0.end) }
        #expect(read.last == 39 && !lost.isEmpty)
        #expect((read + lost).sorted() == Array(0..<40))
    }

    @Test(.realKafka)
    func aRangeThatWasRemovedWholeIsLost() throws {
        let topic = try Cluster.real.topic(partitions: 1)
        let writer = try TimedWriter(topic)
        try writer.write(0, times: [Int64](repeating: Int64(Date().timeIntervalSince1970 * 1_000), count: 5))
        try writer.remove(0, before: 4)
        let range = LogRange(topic.all[0], from: 1, to: 3)
        let reading = try LogRangeReader(topic.configuration, [range]).readAll()
        #expect(reading.offsets.isEmpty && reading.lost == [range] && reading.ended == [topic.all[0]])
    }

    @Test(arguments: Cluster.available)
    func fewerOffsetsThanTheRangeAreAnError(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 1)
        try topic.producer().store(topic.name, partition: 0, "x")
        let reader = try LogRangeReader(topic.configuration, [LogRange(topic.all[0], from: 0, to: 2)])
        let error = #expect(throws: KafkaError.self) { try reader.readAll() }
        #expect(error?.code == .offsetOutOfRange)
        #expect(error?.description.contains("\(topic.all[0]): its log went back") == true)
    }

    @Test(.realKafka)
    func aTopicThatIsMadeAnewMeanwhileIsAnError() throws {
        let topic = try Cluster.real.topic(partitions: 1)
        let base = Int64(Date().timeIntervalSince1970 * 1_000)
        let writer = try TimedWriter(topic, transactions: KafkaCluster.uniqueName("anew"))
        try writer.begin()
        try writer.write(0, times: [base, base])
        let reader = try LogRangeReader(topic.configuration, [LogRange(topic.all[0], from: 0, to: 2)])
        try eventually("stalled") {
            try !reader.read(max: 1, timeout: .seconds(20)) { _ in }.stalled.isEmpty
        }
        let admin = try KafkaAdmin(topic.configuration)
        #expect(try admin.deleteTopics([topic.name]).allSatisfy { $0.error == nil })
        try eventually("the topic anew") {
            try admin.createTopics([NewTopic(topic.name, partitions: 1)]).allSatisfy { $0.error == nil }
        }
        try topic.producer().store(topic.name, partition: 0, "x")
        let error = #expect(throws: KafkaError.self) { try reader.readAll() }
        #expect(
            error.map { [.offsetOutOfRange, .unknownTopicOrPartition].contains($0.code) } == true, "\(error as Any)")
    }

    @Test(arguments: Cluster.available)
    func aMissingTopicIsAnError(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 1)
        let missing = LogRange(TopicPartition(topic.name, 7), from: 0, to: 2)
        let error = #expect(throws: KafkaError.self) {
            try LogRangeReader(topic.configuration, [missing]).readAll()
        }
        #expect([.unknownPartition, .unknownTopicOrPartition].contains(error?.code), "\(error as Any)")
    }

    @Test func kafkaThatIsAwayIsAProblemAndNoHang() throws {
        let configuration = KafkaConfiguration(brokers: ["127.0.0.1:\(try freePort())"])
        let reader = try LogRangeReader(configuration, [LogRange(TopicPartition("t", 0), from: 0, to: 2)])
        let progress = try reader.read(max: 1, timeout: .milliseconds(10)) { _ in }
        #expect(!progress.problems.isEmpty && !progress.isComplete)
    }
}

private struct Reading {
    var offsets: [TopicPartition: [Int64]] = [:]
    var ended: [TopicPartition] = []
    var lost: [LogRange] = []
    var stalled: [LogRangeProgress.Stalled] = []
}

extension LogRangeReader {
    /// Reads until all ranges have ended.
    fileprivate func readAll(within limit: Duration = .seconds(60)) throws -> Reading {
        var reading = Reading()
        let end = ContinuousClock.now + limit
        while true {
            let progress = try read(max: 1_000, timeout: .seconds(5)) {
                reading.offsets[$0.partition, default: []].append($0.offset)
            }
            reading.ended += progress.ended
            reading.lost += progress.lost
            reading.stalled += progress.stalled
            if progress.isComplete { return reading }
            guard ContinuousClock.now < end else {
                throw EventuallyFailed(description: "not read within \(limit): \(positions) \(progress)")
            }
        }
    }
}
