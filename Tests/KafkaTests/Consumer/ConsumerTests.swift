import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of the Kafka consumer.
@Suite("Consumer", .timeLimit(.minutes(2)))
struct ConsumerTests {
    @Test(arguments: Cluster.available)
    func assignmentBeginsWhereItSays(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 3)
        let producer = try topic.producer()
        for partition in Int32(0)..<3 {
            for index in 0..<10 { try producer.store(topic.name, partition: partition, "\(index)") }
        }
        let consumer = try topic.reader()
        try consumer.assignPartitions([
            TopicPartitionOffset(topic.all[0], .at(7)), TopicPartitionOffset(topic.all[1], .beginning),
            TopicPartitionOffset(topic.all[2], .end),
        ])
        #expect(consumer.assignment == topic.all)
        let records = try consumer.read(13)
        #expect(records.filter { $0.partition == 0 }.map(\.offset) == [7, 8, 9])
        #expect(records.filter { $0.partition == 1 }.map(\.offset) == Array(0..<10))

        // A new assignment takes the place of the old one.
        try consumer.assignPartitions([TopicPartitionOffset(topic.all[2], .at(9))])
        #expect(consumer.assignment == [topic.all[2]])
        #expect(try consumer.read(1).map(\.offset) == [9])
        #expect(try consumer.records(of: topic.all[0], max: 10) { _ in } == DrainedRecords(isEmpty: true))
        #expect(consumer.close(deadline: .seconds(20)))
    }

    /// Only members of a group are watched: who assigns partitions itself, as the projector does, may be busy
    /// elsewhere.
    @Test(.realKafka)
    func aReaderThatAssignsItselfMayBeIdle() throws {
        let topic = try Cluster.real.topic(partitions: 1)
        try topic.producer().store(topic.name, partition: 0, "a")
        var tuning = ConsumerTuning(group: KafkaCluster.uniqueName("group"))
        tuning.sessionTimeout = .seconds(1)
        tuning.heartbeatInterval = .milliseconds(200)
        tuning.pollIntervalMax = .seconds(1)
        let consumer = try topic.reader(tuning)
        let since = ContinuousClock.now
        try eventually("several poll intervals have passed") { ContinuousClock.now - since > .seconds(4) }
        var trouble: [String] = []
        consumer.poll { event in
            switch event {
            case .fatal, .error, .revoked: trouble.append("\(event)")
            default: break
            }
        }
        #expect(trouble.isEmpty)
        #expect(try consumer.read(1).map(\.offset) == [0])
        #expect(consumer.close(deadline: .seconds(20)))
    }

    /// The unread partition stops at its limit; the other goes on.
    @Test(arguments: Cluster.available)
    func unreadPartitionHoldsNobodyUp(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        let value = [UInt8](repeating: 7, count: 1_000)
        for _ in 0..<2_000 {
            for partition in Int32(0)..<2 {
                try producer.send(topic: topic.name, partition: partition, key: nil, value: value, token: 1)
            }
        }
        #expect(producer.flush(timeout: .seconds(60)) == 0)
        var tuning = ConsumerTuning()
        tuning.queuedKilobytesMax = 64
        tuning.fetchBytesMax = 16_384
        tuning.queuedRecordsMin = 10_000
        let consumer = try topic.reader(tuning)
        var free: [Int64] = []
        try eventually("all of the read partition") {
            _ = try consumer.records(of: topic.all[1], max: 100) { free.append($0.offset) }
            return free.count == 2_000
        }
        #expect(free == Array(0..<2_000))
        var held: [Int64] = []
        try eventually("all of the other partition") {
            _ = try consumer.records(of: topic.all[0], max: 100) { held.append($0.offset) }
            return held.count == 2_000
        }
        #expect(held == Array(0..<2_000))
    }

    @Test(arguments: Cluster.available, [false, true])
    func recordsWakeTheDescriptorAlsoOfPartitionsAssignedLater(cluster: Cluster, hasOwn: Bool) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        let (pipe, other) = (try TestPipe(), try TestPipe())
        let consumer = try KafkaConsumer(topic.configuration, ConsumerTuning())
        if hasOwn {
            consumer.wake(on: other.writeEnd, topics: [topic.name: pipe.writeEnd])
        } else {
            consumer.wake(on: pipe.writeEnd, topics: ["another": other.writeEnd])
        }
        try consumer.assignPartitions(topic.all.map { TopicPartitionOffset($0, .beginning) })
        for round in 0..<5 {
            let partition = topic.all[round % 2]
            try producer.store(topic.name, partition: partition.partition, "\(round)")
            var read = 0
            while read == 0 {
                try #require(pipe.waitAndDrain(), "round \(round)")
                consumer.poll { _ in }
                for each in topic.all { read += try consumer.records(of: each, max: 10) { _ in }.count }
            }
            #expect(read == 1)
        }
    }

    @Test(arguments: Cluster.available)
    func lostPositionIsAnErrorOfItsPartition(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        for partition in Int32(0)..<2 { try producer.store(topic.name, partition: partition, "x") }
        let consumer = try topic.reader()
        try consumer.assignPartitions([
            TopicPartitionOffset(topic.all[0], .at(1_000)), TopicPartitionOffset(topic.all[1], .beginning),
        ])
        var found: KafkaError?
        try eventually("an error") {
            consumer.poll { _ in }
            do throws(KafkaError) {
                _ = try consumer.records(of: topic.all[0], max: 10) { _ in }
            } catch { found = error }
            return found != nil
        }
        #expect([.offsetOutOfRange, .noStartOffset].contains(found?.code))
        #expect(found?.description.contains("\(topic.all[0])") == true, "\(found?.description ?? "")")
        #expect(try consumer.read(1).count == 1)
    }

    @Test func droppedConsumerGoesAtOnce() throws {
        let topic = try Cluster.embedded.topic()
        try topic.producer().store(topic.name, "x")
        var consumer: KafkaConsumer? = try topic.reader()
        #expect(try consumer?.read(1).count == 1)
        consumer = nil
        let closed = try topic.reader()
        #expect(closed.close(deadline: .seconds(20)))
        #expect(closed.close(deadline: .zero), "closing again does nothing")
        #expect(closed.poll { _ in } == 0)
    }

    @Test func closingWithoutAnyBrokerIsBounded() throws {
        let port = try freePort()
        let configuration = KafkaConfiguration(brokers: ["127.0.0.1:\(port)"])
        let consumer = try KafkaConsumer(configuration, ConsumerTuning(group: "g"))
        try consumer.subscribe(["t"])
        consumer.poll { _ in }
        let start = ContinuousClock.now
        consumer.close(deadline: .seconds(5))
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    @Test(.realKafka)
    func unknownTopicIsNamed() throws {
        let consumer = try KafkaConsumer(KafkaCluster.configuration(), ConsumerTuning())
        try consumer.assignPartitions([TopicPartitionOffset(TopicPartition("there-is-no-such-topic", 0), .beginning)])
        var found: KafkaError?
        try eventually("an error") {
            consumer.poll { if case .error(let error) = $0 { found = error } }
            do throws(KafkaError) {
                _ = try consumer.records(of: TopicPartition("there-is-no-such-topic", 0), max: 10) { _ in }
            } catch { found = error }
            return found != nil
        }
        #expect([.unknownTopicOrPartition, .unknownPartition, .unknownTopic].contains(found?.code), "\(found as Any)")
    }
}
