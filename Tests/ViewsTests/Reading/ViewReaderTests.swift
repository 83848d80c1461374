import Invalidations
import Kafka
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

/// Tests of the view reader, on every kind of database.
@Suite(.everyViewStore)
struct ViewReaderTests {
    private let fixture: ViewFixture

    init() throws {
        fixture = try ViewFixture()
    }

    @Test func aReaderSeesWhatTheWriterCommits() throws {
        let reader = fixture.reader
        let error = #expect(throws: StorageError.self) { try reader.counts() }
        #expect(error?.description.contains("there is no view yet") == true)

        let writer = try fixture.writer(partitions: 2)
        let id = RequestID(at: ViewFixture.epoch)
        #expect(try reader.lookup(id, now: ViewFixture.epoch) == .notYetSeen)
        let first = try reader.version()
        #expect(try reader.version() == first)

        let failure = EdgeFailure(failureClass: "permanent", message: "401 Unauthorized", attempts: 3)
        let progress = ViewFixture.progress(
            id, [Progress.Edge("b", .purged), Progress.Edge("a", .dead, failure: failure)])
        try writer.apply(ViewFixture.batch([progress]))
        #expect(try reader.version() != first)
        #expect(try reader.lookup(id, now: ViewFixture.epoch) == .found(StatusRecord(progress)))

        var batch = ProjectionBatch()
        batch.markCaughtUp(TopicPartition(ViewFixture.topic, 1), at: ViewFixture.epoch + 5)
        try writer.apply(batch)
        let watermarks = try reader.watermarks().filter { $0.topic == ViewFixture.topic }
        #expect(watermarks.map(\.partition) == [0, 1])
        #expect(watermarks.map(\.nextOffset) == [1, 0])
        #expect(watermarks.map(\.caughtUpAt) == [nil, ViewFixture.epoch + 5])
    }

    /// One question for all who wait: who would hear something final looks for it.
    @Test func anOverviewTellsWhoseAnswerMayBeFinal() throws {
        let writer = try fixture.writer()
        let reader = fixture.reader
        let now = ViewFixture.epoch + 9
        let ids = (0..<5).map { RequestID(at: ViewFixture.epoch + Int64($0)) }
        let timeless = try #require(RequestID("f81d4fae-7dec-41d0-a765-00a0c91e6bf6"))
        let other = try #require(Namespace("other"))
        func final(in namespace: Namespace? = nil, hiding hidden: Namespace? = nil) throws -> [Int] {
            let overview = try reader.overview(of: ids + [timeless])
            return (ids + [timeless]).enumerated().compactMap { index, id in
                let firstAskedAt = id == timeless ? ViewFixture.epoch : nil
                let isFinal = overview.mayBeFinal(id, in: namespace, firstAskedAt: firstAskedAt, now: now) {
                    $0 != hidden
                }
                return isFinal ? index : nil
            }
        }
        #expect(try final() == [])
        try writer.apply(
            ViewFixture.batch([
                ViewFixture.progress(ids[0], [Progress.Edge("a", .purged)]),
                ViewFixture.progress(ids[1], [Progress.Edge("a", .sending)]),
                ViewFixture.progress(ids[2], [Progress.Edge("a", .dead)]),
                ViewFixture.progress(ids[3], [Progress.Edge("a", .deferred)]),
                ViewFixture.progress(ids[3], [Progress.Edge("a", .purged)], namespace: "other"),
            ]))
        #expect(try final() == [0, 2, 3] && final(in: other) == [3] && final(hiding: other) == [0, 2])
        for (mark, unknown) in [(5_001, [5]), (40_000, [4, 5])] {
            var batch = ProjectionBatch()
            for topic in ViewFixture.topics {
                batch.markCaughtUp(TopicPartition(topic, 0), at: ViewFixture.epoch + Int64(mark))
            }
            try writer.apply(batch)
            #expect(try final() == [0, 2, 3] + unknown)
        }
        // What is only of other namespaces is as unknown as what is nowhere.
        #expect(try final(in: other) == [0, 1, 2, 3, 4, 5])
        let late = RequestID(at: ViewFixture.epoch + 20_000)
        #expect(try !reader.overview(of: []).mayBeFinal(late, in: nil, firstAskedAt: nil, now: now))
    }

    /// Milliseconds behind the id's time: both partitions' watermarks, nil for one that has never caught up; and what
    /// workers have taken up.
    static let verdicts: [([Int64?], StatusLookup)] = [
        ([nil, nil], .notYetSeen), ([100_000, nil], .notYetSeen), ([100_000, 0], .notYetSeen),
        ([100_000, 35_000], .notYetSeen), ([100_000, 35_001], .unknown), ([35_001, 100_000], .unknown),
    ]

    @Test(arguments: verdicts)
    func anIdIsUnknownOnceAllIsFoldedFarBehindIt(_ marks: [Int64?], _ verdict: StatusLookup) throws {
        let writer = try fixture.writer(partitions: 2)
        var batch = ProjectionBatch()
        for (partition, mark) in marks.enumerated() {
            guard let mark else { continue }
            // All topics count.
            for topic in ViewFixture.topics where topic != TopicName.control || partition == 0 {
                batch.markCaughtUp(TopicPartition(topic, Int32(partition)), at: ViewFixture.epoch + mark)
            }
        }
        try writer.apply(batch)
        let id = RequestID(at: ViewFixture.epoch)
        #expect(try fixture.reader.lookup(id, now: ViewFixture.epoch + 200_000_000) == verdict)
    }

    @Test func anIdWithoutATimeIsLookedForUpToTheQuestion() throws {
        let id = try #require(RequestID("f81d4fae-7dec-41d0-a765-00a0c91e6bf6"))
        let writer = try fixture.writer()
        func lookup() throws -> StatusLookup {
            try fixture.reader.lookup(id, firstAskedAt: ViewFixture.epoch, now: ViewFixture.epoch + 9)
        }
        // It may have been published straight to Kafka a moment ago.
        #expect(try lookup() == .notYetSeen)
        for (mark, verdict) in [(Int64(5_000), StatusLookup.notYetSeen), (5_001, .unknown)] {
            var batch = ProjectionBatch()
            for topic in ViewFixture.topics {
                batch.markCaughtUp(TopicPartition(topic, 0), at: ViewFixture.epoch + mark)
            }
            try writer.apply(batch)
            #expect(try lookup() == verdict)
        }
    }

    @Test func idsThatNoGatewayMakesAreUnknown() throws {
        _ = try fixture.writer()
        let random = try #require(RequestID("f81d4fae-7dec-41d0-a765-00a0c91e6bf6"))
        #expect(try fixture.reader.lookup(random, now: ViewFixture.epoch) == .unknown)
        let future = RequestID(at: ViewFixture.epoch + 3_600_001)
        #expect(try fixture.reader.lookup(future, now: ViewFixture.epoch) == .unknown)
        let near = RequestID(at: ViewFixture.epoch + 60_000)
        #expect(try fixture.reader.lookup(near, now: ViewFixture.epoch) == .notYetSeen)
    }

    @Test func pagesShowEveryRequestOnceNewestFirst() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 200, using: &random)
        try fixture.writer().apply(ViewFixture.batch(history))
        let all = folded(history).values.sorted { ($0.requestedAt, $0.id) > ($1.requestedAt, $1.id) }

        let queries = [
            StatusQuery(limit: 7), StatusQuery(namespace: Namespace("ns-3"), limit: 4),
            StatusQuery(statuses: [.failed], limit: 200), StatusQuery(statuses: [.processing, .completed], limit: 13),
            StatusQuery(since: ViewFixture.epoch + 150, limit: 9),
            StatusQuery(namespace: Namespace("ns-1"), statuses: [.failed], since: ViewFixture.epoch + 50, limit: 1),
            StatusQuery(namespace: Namespace("none")),
        ]
        let reader = fixture.reader
        for query in queries {
            let expected = all.filter { record in
                query.namespace.map { $0 == record.namespace } ?? true && query.statuses.contains(record.status)
                    && query.since.map { $0 <= record.requestedAt } ?? true
            }
            var listed: [StatusRecord] = []
            var page = query
            repeat {
                let result = try reader.list(page)
                #expect(result.records.count <= query.limit)
                listed += result.records
                // The cursor survives its way through a client.
                page.cursor = result.next.flatMap { StatusCursor($0.text) }
            } while page.cursor != nil && listed.count <= all.count
            #expect(listed == expected)
        }
    }

    @Test(arguments: ["", ".", "1", "1.x", "x.0190a1b2-0000-7000-8000-00000000abcd", String(repeating: "1", count: 99)])
    func cursorsOfOthersAreRefused(_ text: String) {
        #expect(StatusCursor(text) == nil)
    }

    @Test func aCursorNamesNoNamespaceThatItsReaderMayNotKnow() throws {
        let record = StatusRecord(ViewFixture.progress(RequestID(at: ViewFixture.epoch), [.init("a", .purged)]))
        let cursor = StatusCursor(after: record)
        #expect(cursor.naming { $0.name == "shop" } == cursor)
        let hidden = cursor.naming { $0.name == "blog" }
        #expect(!hidden.text.contains("shop") && hidden.listedAt == cursor.listedAt)
        #expect(StatusCursor(hidden.text) == hidden && !hidden.text.hasSuffix("."))
    }

    @Test func recordsOfManyEdgesAndGenerationsComeBackAsTheyWent() throws {
        let id = RequestID(at: ViewFixture.epoch)
        var progress = ViewFixture.progress(
            id,
            (0..<Limits.edges + 5).map { index in
                Progress.Edge(
                    "edge-\(index)", EdgeState.allCases[index % EdgeState.allCases.count],
                    objects: [nil, 0, 127, 128, UInt32.max][index % 5])
            })
        let writer = try fixture.writer()
        try writer.apply(ViewFixture.batch([progress]))
        var expected = StatusRecord(progress)
        #expect(try fixture.reader.lookup(id, now: ViewFixture.epoch) == .found(expected))
        for (index, generation) in [1, 127, 128, 300_000, UInt32.max].enumerated() {
            progress.generation = generation
            progress.edges = [Progress.Edge("edge-\(index)", .deferred)]
            try writer.apply(ViewFixture.batch([progress], from: Int64(index + 1)))
            expected = StatusFold.apply(progress, to: expected)
            #expect(try fixture.reader.lookup(id, now: ViewFixture.epoch) == .found(expected))
        }
    }
}
