import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Tests of the record source.
@Suite(.serialized)
struct RecordSourceTests {
    private static let request = #"{"id":"0190a1b2-0000-7000-8000-000000000001","tags":["a"]}"#
    private let normal = SourcePartition(topic: 1, partition: 2)
    private let retry = SourcePartition(tier: 1, partition: 2)

    private func values(_ count: Int) -> [String] { (0..<count).map { _ in Self.request } }

    @Test(.timeLimit(.minutes(1)))
    func everyPartitionOfEveryTopicIsReadInItsOrder() throws {
        let fixture = try SourceFixture()
        for source in fixture.allPartitions { try fixture.fill(source, with: values(50)) }
        try fixture.startReading()
        try fixture.runTurns(until: "all are read") { fixture.records.count >= 50 * fixture.allPartitions.count }
        for source in fixture.allPartitions { #expect(fixture.offsets(of: source) == Array(0..<50)) }
    }

    @Test(.timeLimit(.minutes(1)))
    func aRetrySaysWhatItsHeadersSayAndIsAsOldAsItsRequest() throws {
        let fixture = try SourceFixture()
        let now = Timestamp.now()
        let metadata = RetryMetadata(
            origin: RecordPosition(source: normal, offset: 7), deferredAt: now, notBefore: now + 10_000,
            parts: [.init(edge: "nginx-1", attempts: 3)], reason: .breaker)
        let original = OriginalRecord(
            key: nil, value: Array(Self.request.utf8), headers: [RecordHeader("traceparent", "00-1-2-01")])
        let invalidation = Invalidation(
            id: RequestID(at: now), namespace: .default, selectors: Selectors(tags: ["a"]),
            requestedAt: Timestamp(milliseconds: 1_764_000_000_000))
        let retryRecord = RetryRecord(
            tier: 1, partition: 2, original: original, invalidation: invalidation, retry: metadata)
        let headers = RetryHeaders.headers(of: retryRecord, topics: fixture.topics, worker: "worker-1")
        try fixture.fill(retry, with: [Self.request], headers: headers)
        // The same headers mean nothing on an invalidation topic, or in another partition.
        try fixture.fill(normal, with: [Self.request], headers: headers)
        try fixture.fill(SourcePartition(tier: 1, partition: 1), with: [Self.request], headers: headers)
        try fixture.startReading()
        try fixture.runTurns(until: "all are read") { fixture.records.count == 3 }

        for record in fixture.records {
            #expect(record.original.headers == original.headers)
            #expect(record.original.key == Array("shop".utf8))
            #expect(record.retry == (record.position.source == retry ? metadata : nil))
            let requestedAt = try record.content.get().requestedAt
            #expect((requestedAt == invalidation.requestedAt) == (record.position.source == retry))
        }
    }

    /// What other tools make of a request: a schema registry's frame, a CloudEvent in either form.
    @Test(.timeLimit(.minutes(1)))
    func envelopesAreRead() throws {
        let id = "0190a1b2-0000-7000-8000-000000000001"
        let fixture = try SourceFixture()
        try fixture.fill(normal, with: ["\u{0}\u{0}\u{0}\u{0}\u{7}" + Self.request])
        try fixture.fill(
            normal, with: [#"{"specversion":"1.0","type":"t","source":"/s","id":"\#(id)","data":{"tags":["a"]}}"#])
        let event = [RecordHeader("ce_specversion", "1.0"), RecordHeader("ce_id", id), RecordHeader("ce_type", "t")]
        try fixture.fill(normal, with: [#"{"tags":["a"]}"#], headers: event)
        // Without the version they are headers like any other.
        try fixture.fill(normal, with: [#"{"tags":["a"]}"#], headers: Array(event.dropFirst()))
        try fixture.startReading()
        try fixture.runTurns(until: "all are read") { fixture.records.count == 4 }
        for record in fixture.records.prefix(3) {
            let invalidation = try record.content.get()
            #expect(invalidation.id.text == id && invalidation.selectors.tags == ["a"])
        }
        #expect(throws: InvalidationError.self) { try fixture.records[3].content.get() }
        #expect(fixture.records[2].original.headers == event)
    }

    /// A retry is as old as it is; a new request from another age is as old as its record.
    @Test(.timeLimit(.minutes(1)))
    func timesAreJudgedByTheRecordsOwn() throws {
        let fixture = try SourceFixture()
        let values = ["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", Timestamp.now().text].map {
            #"{"id":"0190a1b2-0000-7000-8000-000000000001","tags":["a"],"requestedAt":"\#($0)"}"#
        }
        for source in [normal, retry] { try fixture.fill(source, with: values) }
        try fixture.startReading()
        try fixture.runTurns(until: "all are read") { fixture.records.count == 6 }
        let isReplaced = { (source: SourcePartition) in
            try fixture.records.filter { $0.position.source == source }
                .map { try $0.content.get().implausibleTime != nil }
        }
        #expect(try isReplaced(normal) == [true, true, false])
        #expect(try isReplaced(retry) == [false, false, false])
        for record in fixture.records.prefix(2) where record.position.source == normal {
            let distance = try record.content.get().requestedAt.milliseconds - Timestamp.now().milliseconds
            #expect(abs(distance) < 60_000, "the record's own time counts instead")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aTurnReadsFewRetries() throws {
        let fixture = try SourceFixture()
        try fixture.fill(retry, with: values(300))
        try fixture.fill(normal, with: values(300))
        try fixture.startReading()
        var most = 0
        try eventually("all are read") {
            let before = fixture.offsets(of: retry).count
            try fixture.runTurn(1_000)
            most = max(most, fixture.offsets(of: retry).count - before)
            return fixture.records.count == 600
        }
        #expect(most == 32)
        #expect(fixture.offsets(of: retry) == Array(0..<300))
    }

    /// The capacity is asked for again while records are handed out; what it does not take stays where it is.
    @Test(.timeLimit(.minutes(1)))
    func noMoreIsReadThanThereIsCapacityFor() throws {
        let fixture = try SourceFixture()
        try fixture.fill(normal, with: values(500))
        try fixture.fill(retry, with: values(500))
        let (normal, retry) = (normal, retry)
        fixture.capacity = { [unowned fixture] source in
            source == retry ? max(0, 70 - fixture.offsets(of: retry).count) : 1_000
        }
        try fixture.startReading()
        try fixture.runTurns(until: "the other is read") { fixture.offsets(of: normal).count == 500 }
        try fixture.runTurns(until: "as many as there is capacity for") { fixture.offsets(of: retry).count == 70 }
        try fixture.runTurns(until: "nothing waits that there is capacity for") { !fixture.source.isWaiting }
        #expect(!fixture.source.hasCapacityAgain(fixture.capacity))
        #expect(fixture.offsets(of: retry).count == 70)
        fixture.capacity = { _ in 1_000 }
        #expect(fixture.source.hasCapacityAgain(fixture.capacity))
        try fixture.runTurns(until: "all is read") { fixture.offsets(of: retry) == Array(0..<500) }
    }

    /// Wherever a partition is read again from, and whenever: it goes on from there, and the others miss nothing and
    /// get nothing twice.
    @Test(.timeLimit(.minutes(2)))
    func aPartitionThatIsReadAgainLeavesTheOthersAlone() throws {
        var random = SeededGenerator.printed("reading again")
        let fixture = try SourceFixture()
        for source in fixture.allPartitions { try fixture.fill(source, with: values(600)) }
        var expected = Dictionary(uniqueKeysWithValues: fixture.allPartitions.map { ($0, Int64(0)) })
        var jumps = 0
        fixture.onRecord = { [unowned fixture] record in
            let source = record.position.source
            #expect(record.position.offset == expected[source], "\(source)")
            expected[source] = record.position.offset + 1
            guard jumps < 25, Int.random(in: 0..<100, using: &random) == 0 else { return }
            jumps += 1
            let other = fixture.allPartitions.randomElement(using: &random)!
            let offset = Int64.random(in: 0...(expected[other] ?? 0), using: &random)
            expected[other] = offset
            fixture.source.reread(other, from: offset)
        }
        try fixture.startReading()
        try fixture.runTurns(until: "all are read to their ends") { expected.values.allSatisfy { $0 == 600 } }
        #expect(jumps == 25)
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsCommittedComesBackWithItsMetadata() throws {
        let fixture = try SourceFixture()
        try fixture.fill(normal, with: values(20))
        try fixture.fill(retry, with: values(5))
        try fixture.startReading()
        #expect(fixture.assigned.count == fixture.allPartitions.count)
        #expect(fixture.assigned.allSatisfy { $0.next == 0 && $0.metadata == nil && $0.end == nil })
        try fixture.runTurns(until: "all are read") { fixture.records.count == 25 }
        fixture.source.commit([
            normal: CommitPoint(offset: 12, metadata: "aAQI"), retry: CommitPoint(offset: 5),
        ])
        try fixture.runTurns(until: "both are committed") { fixture.committed == [normal: 12, retry: 5] }

        try fixture.restart()
        #expect(fixture.assigned.contains(fixture.partition(normal, next: 12, metadata: "aAQI")))
        #expect(fixture.assigned.contains(fixture.partition(retry, next: 5)))
        try fixture.runTurns(until: "all is read again") { fixture.offsets(of: normal) == Array(12..<20) }
        #expect(fixture.offsets(of: retry).isEmpty)
    }

    /// What was not answered when the worker ends is committed once more, and waited for.
    @Test(.timeLimit(.minutes(1)))
    func closingCommitsWhatIsNotAnswered() throws {
        let fixture = try SourceFixture()
        try fixture.fill(normal, with: values(20))
        try fixture.startReading()
        try fixture.runTurns(until: "all are read") { fixture.records.count == 20 }
        fixture.source.commit([normal: CommitPoint(offset: 20, metadata: "x")])
        try fixture.restart()
        #expect(fixture.assigned.contains(fixture.partition(normal, next: 20, metadata: "x")))
    }

    @Test(.timeLimit(.minutes(1)))
    func strictNamespacesAreToldWhereRetryTopicsEnd() throws {
        let fixture = try SourceFixture(strict: [.all])
        try fixture.fill(normal, with: values(4))
        try fixture.fill(retry, with: values(9))
        try fixture.startReading()
        for partition in fixture.assigned {
            let end: Int64? = partition.source.tier == nil ? nil : partition.source == retry ? 9 : 0
            #expect(partition.end == end)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func topicsOfDifferentSizesAreRefused() throws {
        let fixture = try SourceFixture(fewer: [TopicName.retries[1]])
        #expect(throws: WorkerError.self) { try fixture.startReading() }
    }
}
