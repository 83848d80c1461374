import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Tests of the rows that the records of invalidation topics give.
@Suite(.everyViewStore)
struct PublicationFoldTests {
    private let fixture: ViewFixture

    init() throws { fixture = try ViewFixture() }

    @Test func aRequestIsQueuedBeforeAnyWorkerHasReadIt() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        let key = try #require(KeyOnRecord("deploy", digest: String(repeating: "a", count: 32)))
        let publication = ViewFixture.publication(
            id, source: "catalog", key: key, notBefore: ViewFixture.epoch + 5_000, details: #"{"origin":"t/0/1"}"#)
        #expect(publication.publication?.notBefore == ViewFixture.epoch + 5_000)
        try writer.apply(ViewFixture.batch(publications: [publication]))
        let reader = fixture.reader
        #expect(try reader.lookup(id, now: ViewFixture.epoch) == .found(publication))
        #expect(try reader.list(StatusQuery(statuses: [.queued])).records == [publication])
        #expect(try reader.counts()[.queued] == 1)
        #expect(try reader.find(key: "deploy", in: publication.namespace) == publication)
        #expect(try reader.find(key: "deploy", in: .default) == nil)

        let progress = ViewFixture.progress(id, [Progress.Edge("a", .purged)], at: ViewFixture.epoch + 9)
        try writer.apply(ViewFixture.batch([progress]))
        let joined = StatusFold.apply(progress, to: publication)
        #expect(try reader.lookup(id, now: ViewFixture.epoch) == .found(joined))
        #expect(try reader.counts()[.queued] == 0 && reader.counts()[.completed] == 1)
        #expect(try reader.find(key: "deploy", in: publication.namespace) == joined)
    }

    @Test func aWorkerMayBeReadFirst() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        let progress = ViewFixture.progress(id, [Progress.Edge("a", .purged)])
        try writer.apply(ViewFixture.batch([progress]))
        let publication = ViewFixture.publication(id, source: "late")
        try writer.apply(ViewFixture.batch(publications: [publication]))
        #expect(
            try fixture.reader.lookup(id, now: ViewFixture.epoch)
                == .found(StatusFold.join(StatusRecord(progress), publication)))
        #expect(try fixture.reader.counts()[.completed] == 1)
    }

    @Test func anIdOfTwoNamespacesIsCountedAndChangesNothing() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        let first = ViewFixture.publication(id, namespace: "shop")
        try writer.apply(ViewFixture.batch(publications: [first]))
        #expect(writer.sharedIDs == 0)
        let second = ViewFixture.publication(id, namespace: "blog", at: ViewFixture.epoch + 1)
        try writer.apply(ViewFixture.batch(publications: [second], from: 1))
        #expect(writer.sharedIDs == 1)
        // Read again, it is the same one.
        try writer.apply(ViewFixture.batch(publications: [second], from: 2))
        #expect(writer.sharedIDs == 1)
        let found = try fixture.reader.lookup(id, now: ViewFixture.epoch)
        #expect(found == .found(first, alsoIn: [second.namespace]))
    }

    /// A row that no worker ever tells of goes after its time, too.
    @Test func whatNobodyEverReadsHasAHorizon() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        try writer.apply(ViewFixture.batch(publications: [ViewFixture.publication(id)]))
        let end = ViewFixture.epoch + 1
        #expect(try writer.removeExpired(before: ViewFixture.horizons(end), max: 10) == 0)
        #expect(try writer.removeExpired(before: ViewFixture.horizons(end, silent: end), max: 10) == 1)
        #expect(try fixture.reader.counts()[.queued] == 0)
    }

    /// In any order and any batches the rows are those of the fold.
    @Test func anyOrderGivesTheSameRows() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 60, using: &random)
        let publications = history.map { progress in
            ViewFixture.publication(
                progress.id, namespace: progress.namespace.name, requestedAt: progress.requestedAt,
                at: progress.requestedAt + Int64.random(in: 0...9, using: &random),
                source: [nil, "a"].randomElement(using: &random) ?? nil,
                details: [nil, "{}"].randomElement(using: &random) ?? nil)
        }
        func view(_ news: [StatusRecord], _ name: String) throws -> [String] {
            let path = fixture.directory.file(name)
            let writer = try fixture.writer(path: path)
            var batch = ProjectionBatch()
            for (offset, record) in news.enumerated() {
                batch.add(record, from: TopicPartition(TopicName.normal, 0), offset: Int64(offset))
                if Int.random(in: 0..<9, using: &random) == 0 {
                    try writer.apply(batch)
                    batch.removeAll()
                }
            }
            try writer.apply(batch)
            return try fixture.dump(path)
        }
        let news = history.map { StatusRecord($0) } + publications
        let first = try view(news.shuffled(using: &random), "first")
        #expect(try view(news.shuffled(using: &random), "second") == first)
    }
}
