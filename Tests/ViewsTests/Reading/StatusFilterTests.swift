import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Tests of lists that choose by more than a range of states, on every kind of database.
@Suite(.everyViewStore)
struct StatusFilterTests {
    private let fixture: ViewFixture
    private let shop = Namespace("shop") ?? .default

    init() throws { fixture = try ViewFixture() }

    /// All pages of the query.
    private func list(
        _ query: StatusQuery, completing complete: (StatusRecord) -> StatusRecord = { $0 }
    ) throws -> (records: [StatusRecord], pages: Int) {
        let reader = fixture.reader
        var (records, pages, page) = ([StatusRecord](), 0, query)
        repeat {
            let result = try reader.list(page, completing: complete)
            #expect(result.records.count <= query.limit)
            records += result.records
            pages += 1
            // The cursor survives its way through a client.
            page.cursor = result.next.flatMap { StatusCursor($0.text) }
        } while page.cursor != nil && pages < 500
        return (records, pages)
    }

    @Test func everyQueryGivesWhatMatchesNewestFirst() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let history = ViewFixture.history(requests: 300, using: &random)
        var all = folded(history)
        var publications: [StatusRecord] = []
        for (index, progress) in history.enumerated() where index % 2 == 0 {
            let publication = ViewFixture.publication(
                progress.id, namespace: progress.namespace.name, requestedAt: progress.requestedAt,
                at: progress.requestedAt + 2_000, source: ["cms", "catalog", nil].randomElement(using: &random) ?? nil,
                key: KeyOnRecord("key-\(index % 3)", digest: String(repeating: "a", count: 32)))
            publications.append(publication)
            all[progress.id] = all[progress.id].map { StatusFold.join($0, publication) }
        }
        let writer = try fixture.writer()
        try writer.apply(ViewFixture.batch(history))
        try writer.apply(ViewFixture.batch(publications: publications))

        let inOrder = all.values.sorted { ($0.listedAt, $0.id) > ($1.listedAt, $1.id) }
        for _ in 0..<60 {
            let query = Self.query(using: &random)
            let expected = inOrder.filter { Self.matches($0, query) }
            #expect(try list(query).records == expected, "\(query)")
        }
    }

    private static func query(using random: inout some RandomNumberGenerator) -> StatusQuery {
        var query = StatusQuery(limit: Int.random(in: 1...40, using: &random))
        let namespaces = [nil, Namespace("ns-1"), Namespace("ns-6"), Namespace("ns-7")]
        query.namespace = namespaces.randomElement(using: &random) ?? nil
        if Bool.random(using: &random) {
            query.statuses = Set(RequestStatus.allCases.filter { _ in Bool.random(using: &random) })
        }
        let (since, until) = (Int64.random(in: 0...200, using: &random), Int64.random(in: 0...320, using: &random))
        if Bool.random(using: &random) { query.since = ViewFixture.epoch + since }
        if Bool.random(using: &random) { query.until = ViewFixture.epoch + until }
        query.source = [nil, nil, "cms", "catalog", "none"].randomElement(using: &random) ?? nil
        query.key = [nil, nil, nil, "key-1", "none"].randomElement(using: &random) ?? nil
        if Bool.random(using: &random) {
            query.edge = EdgeCondition(
                edge: [nil, "edge-0", "edge-1"].randomElement(using: &random) ?? nil,
                state: EdgeCondition.State.allCases.randomElement(using: &random))
        }
        return query
    }

    /// What a query means, in the plainest words.
    private static func matches(_ record: StatusRecord, _ query: StatusQuery) -> Bool {
        if let namespace = query.namespace, record.namespace != namespace { return false }
        if let since = query.since, record.listedAt < since { return false }
        if let until = query.until, record.listedAt >= until { return false }
        if let source = query.source, record.publication?.source != source { return false }
        if let key = query.key, record.publication?.idempotencyKey?.text != key { return false }
        guard query.statuses.contains(record.status) else { return false }
        guard let condition = query.edge else { return true }
        return zip(record.edges, record.cells).contains { edge, cell in
            guard condition.edge == nil || condition.edge == edge else { return false }
            return switch condition.state {
            case nil: true
            case .open: [.queued, .sending, .deferred].contains(cell.state)
            case .failed: [.cancelled, .expired, .dead].contains(cell.state)
            case .completed: [.absorbed, .accepted, .purged, .verified, .skipped].contains(cell.state)
            }
        }
    }

    /// A page ends after so many rows, and the next one goes on behind them.
    @Test func fewMatchesAmongManyRowsAreFoundOverSeveralPages() throws {
        let ids = (0..<5_200).map { RequestID(at: ViewFixture.epoch + Int64($0)) }
        let progress = ids.enumerated().map { index, id in
            ViewFixture.progress(
                id, [Progress.Edge(index == 7 ? "rare" : "common", .purged)],
                requestedAt: ViewFixture.epoch + Int64(index))
        }
        try fixture.writer().apply(ViewFixture.batch(progress))
        var query = StatusQuery(namespace: shop)
        query.edge = EdgeCondition(edge: "rare")
        let (found, pages) = try list(query)
        #expect(found.map(\.id) == [ids[7]])
        #expect(pages == 3)
    }

    /// Edges of a request that no worker has told of are those that the asker knows.
    @Test func anOpenEdgeMayBeKnownToTheAskerAlone() throws {
        let id = RequestID(at: ViewFixture.epoch)
        let publication = ViewFixture.publication(id)
        try fixture.writer().apply(ViewFixture.batch(publications: [publication]))
        var query = StatusQuery()
        query.edge = EdgeCondition(edge: "a", state: .open)
        #expect(try list(query).records.isEmpty)
        let expected = publication.expecting([Progress.Edge("a", .queued)])
        #expect(try list(query) { _ in expected }.records == [publication])
    }

    /// Nobody pages through a replay's own rows.
    @Test func replaysAreInNoList() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [Progress.Edge("a", .purged)], run: "run-1")]))
        try writer.apply(ViewFixture.batch(publications: [ViewFixture.publication(id, source: "cms")]))
        var query = StatusQuery()
        query.source = "cms"
        #expect(try list(query).records.isEmpty)
    }

    @Test func anAnswerSaysAsOfWhen() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        #expect(try fixture.reader.answer(id, now: ViewFixture.epoch).asOf == nil)
        var batch = ViewFixture.batch([ViewFixture.progress(id, [])])
        for topic in ViewFixture.topics { batch.markCaughtUp(TopicPartition(topic, 0), at: ViewFixture.epoch + 5) }
        try writer.apply(batch)
        let answer = try fixture.reader.answer(id, now: ViewFixture.epoch)
        #expect(try fixture.reader.lookup(id, now: ViewFixture.epoch) == answer.lookup)
        #expect(answer.asOf == ViewFixture.epoch + 5)
    }
}
