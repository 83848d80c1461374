import Invalidations
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Tests of the record publisher.
@Suite(.serialized)
struct RecordPublisherTests {
    /// A publisher on an embedded cluster of its own, and what Kafka has told of it.
    private final class Fixture {
        let cluster: EmbeddedCluster
        let kafka: KafkaConfiguration
        let publisher: RecordPublisher
        private(set) var told: [DeliveryNumber: Bool] = [:]

        init(retryBytesMax: Int? = nil) throws {
            cluster = try EmbeddedCluster()
            kafka = KafkaConfiguration(brokers: cluster.brokers, clientID: "test")
            var configuration = WorkerConfiguration(kafka: kafka, edges: [], name: "worker-1")
            configuration.retryBytesMax = retryBytesMax
            for name in configuration.topics.names + [TopicName.dead, TopicName.progress] {
                try cluster.createTopic(name, partitions: 4)
            }
            let ports = try KafkaPorts(configuration, log: .silent)
            publisher = RecordPublisher(
                configuration, retryProducer: ports.retryProducer, progressProducer: ports.progressProducer,
                log: .silent)
            try publisher.warmUp()
        }

        deinit { publisher.close() }

        func waitForAnswers(to numbers: DeliveryNumber...) throws {
            try eventually("\(numbers) are answered") {
                try runTurn()
                return numbers.allSatisfy { told[$0] != nil }
            }
        }

        func runTurn() throws {
            try publisher.takeDeliveries { told[$0] = $1 }
            publisher.sendUnsent { told[$0] = $1 }
        }

        /// The first records of a partition.
        func records(of partition: TopicPartition, _ count: Int) throws -> [OriginalRecord] {
            let consumer = try KafkaConsumer(kafka, ConsumerTuning())
            defer { consumer.close(deadline: .seconds(5)) }
            try consumer.assignPartitions([TopicPartitionOffset(partition, .beginning)])
            var records: [OriginalRecord] = []
            try eventually("\(count) records in \(partition)") {
                consumer.poll { _ in }
                _ = try consumer.records(of: partition, max: 100) { record in
                    let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
                    records.append(
                        OriginalRecord(
                            key: record.key.map { Array($0) }, value: record.value.map { Array($0) }, headers: headers))
                }
                return records.count >= count
            }
            return records
        }
    }

    private static let now = Timestamp(milliseconds: 1_764_000_000_000)
    private static let original = OriginalRecord(
        key: Array("shop".utf8), value: Array(#"{"odd":"bytes \#u{1}"}"#.utf8) + [0xFF],
        headers: [RecordHeader("traceparent", "00-1-2-01")])

    private static var invalidation: Invalidation {
        Invalidation(
            id: RequestID(high: 1, low: 2), namespace: .default, selectors: Selectors(tags: ["a"]), requestedAt: now)
    }

    private static func retryRecord(tier: Int) -> RetryRecord {
        let retry = RetryMetadata(
            origin: RecordPosition(source: SourcePartition(topic: 0, partition: 3), offset: 9), deferredAt: now,
            notBefore: now + 10_000, parts: [.init(edge: "nginx-1", attempts: 3)], reason: .failed)
        return RetryRecord(tier: tier, partition: 3, original: original, invalidation: invalidation, retry: retry)
    }

    @Test(.timeLimit(.minutes(1)))
    func aRetryRecordStandsInItsPartitionAsItWasPublished() throws {
        let fixture = try Fixture()
        let retryRecord = Self.retryRecord(tier: 2)
        fixture.publisher.writeRetry(retryRecord, 1)
        try fixture.waitForAnswers(to: 1)
        #expect(fixture.told == [1: true])

        let record = try #require(try fixture.records(of: TopicPartition(TopicName.retries[2], 3), 1).first)
        #expect(record.key == Self.original.key && record.value == Self.original.value)
        #expect(RetryHeaders.stripped(record.headers) == Self.original.headers)
        let read = RetryHeaders.read(
            record.headers, from: SourcePartition(tier: 2, partition: 3), writtenAt: Self.now,
            topics: SourceTopics(tiers: 4))
        #expect(read?.retry == retryRecord.retry && read?.requestedAt == Self.now)
    }

    @Test(.timeLimit(.minutes(1)))
    func aDeadLetterKeepsTheBytesWhateverTopicTheyCameFrom() throws {
        let fixture = try Fixture()
        for (number, source) in [SourcePartition(topic: 2, partition: 1), SourcePartition(tier: 0, partition: 1)]
            .enumerated()
        {
            let deadLetter = DeadLetter(
                deadClass: .undecodable, position: RecordPosition(source: source, offset: 5), original: Self.original,
                invalidation: nil, failedEdges: [], reason: "no JSON", firstFailedAt: Self.now, lastFailedAt: Self.now)
            fixture.publisher.writeDeadLetter(deadLetter, DeliveryNumber(number + 1))
        }
        try fixture.waitForAnswers(to: 1, 2)
        let records = try fixture.records(of: TopicPartition(TopicName.dead, 1), 2)
        let topics = records.map { record in record.headers.first { $0.name == "x-original-topic" }?.value }
        #expect(topics == [Array(TopicName.low.utf8), Array(TopicName.retries[0].utf8)])
        #expect(records.allSatisfy { $0.key == Self.original.key && $0.value == Self.original.value })
    }

    /// What a small cluster would forget is not written: the core is told, and hands it over again.
    @Test(.timeLimit(.minutes(1)))
    func aFullRetryTopicAcceptsNothingMoreUntilSomethingIsFinished() throws {
        let fixture = try Fixture(retryBytesMax: 2_000)
        for number in 1...5 as ClosedRange<DeliveryNumber> {
            fixture.publisher.writeRetry(Self.retryRecord(tier: 0), number)
        }
        #expect(fixture.publisher.hasUnsent)
        try eventually("some are refused") {
            fixture.publisher.sendUnsent { _, _ in }
            return fixture.publisher.hasRefused
        }
        try fixture.waitForAnswers(to: 1, 2, 3, 4, 5)
        let stored = fixture.told.filter(\.value).keys.sorted()
        #expect(stored.first == 1 && stored.count < 5 && stored.last == DeliveryNumber(stored.count))
        // Another topic has capacity of its own.
        fixture.publisher.writeRetry(Self.retryRecord(tier: 1), 6)
        fixture.publisher.committed(SourcePartition(tier: 0, partition: 3), 1)
        fixture.publisher.writeRetry(Self.retryRecord(tier: 0), 7)
        fixture.publisher.writeRetry(Self.retryRecord(tier: 0), 8)
        try fixture.waitForAnswers(to: 6, 7, 8)
        #expect(fixture.told[6] == true && fixture.told[7] == true && fixture.told[8] == false)
    }

    /// However many wait, each call hands over a share of them, and all are handed over in the end.
    @Test(.timeLimit(.minutes(1)))
    func deadLettersGoAFewAtATime() throws {
        let fixture = try Fixture()
        for number in 1...1_000 as ClosedRange<DeliveryNumber> {
            fixture.publisher.writeRetry(Self.retryRecord(tier: 0), number)
        }
        var calls = 0
        try eventually("all are told of") {
            let before = fixture.told.count
            try fixture.runTurn()
            calls += 1
            #expect(fixture.told.count - before <= 1_000 / 16)
            return fixture.told.count == 1_000
        }
        #expect(fixture.told.values.allSatisfy(\.self) && !fixture.publisher.hasUnsent && calls > 40)
        let offsets = try fixture.records(of: TopicPartition(TopicName.retries[0], 3), 1_000).count
        #expect(offsets == 1_000)
    }

    @Test(.timeLimit(.minutes(1)))
    func whereItIsNotPacedAllGoAtOnce() throws {
        let fixture = try Fixture()
        fixture.publisher.isPaced = false
        for number in 1...1_000 as ClosedRange<DeliveryNumber> {
            fixture.publisher.writeRetry(Self.retryRecord(tier: 0), number)
        }
        try fixture.runTurn()
        #expect(!fixture.publisher.hasUnsent, "all are with the producer")
        try fixture.waitForAnswers(to: 1, 1_000)
        #expect(fixture.told.count == 1_000 && fixture.told.values.allSatisfy(\.self))
    }

    /// The next owner reads them again, and would meet copies.
    @Test(.timeLimit(.minutes(1)))
    func whatWaitsOfAPartitionThatWasRevokedIsNotHandedOver() throws {
        let fixture = try Fixture()
        for number in 1...3 as ClosedRange<DeliveryNumber> {
            fixture.publisher.writeRetry(Self.retryRecord(tier: 0), number)
        }
        fixture.publisher.refuse(partitions: [1, 2])
        #expect(!fixture.publisher.hasRefused)
        fixture.publisher.refuse(partitions: [3])
        try fixture.waitForAnswers(to: 1, 2, 3)
        #expect(fixture.told == [1: false, 2: false, 3: false] && !fixture.publisher.hasUnsent)
    }

    @Test(.timeLimit(.minutes(1)))
    func aReportIsProgress() throws {
        let fixture = try Fixture()
        let report = RequestReport(
            of: RequestID(high: 1, low: 2), in: .default, requestedAt: Self.now, at: Self.now + 7,
            origin: RecordPosition(source: SourcePartition(topic: 1, partition: 2), offset: 3),
            edges: [.init(name: "nginx-1", state: .deferred, attempts: 3, failure: PurgeFailure(.transient, "503"))])
        fixture.publisher.report(report, 1)
        try fixture.waitForAnswers(to: 1)
        let key = Array(report.id.text.utf8)
        let partition = Partitioner.partition(ofKey: key, count: 4)
        let record = try #require(try fixture.records(of: TopicPartition(TopicName.progress, partition), 1).first)
        #expect(record.key == key)
        let progress = try ProgressDecoder().decode(try #require(record.value))
        #expect(progress.source == "worker-1" && progress.origin?.topic == TopicName.normal)
        let failure = EdgeFailure(failureClass: "transient", message: "503", attempts: 3)
        #expect(progress.edges == [Progress.Edge("nginx-1", .deferred, failure: failure)])
    }
}
