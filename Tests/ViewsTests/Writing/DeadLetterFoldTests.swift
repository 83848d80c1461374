import Invalidations
import Kafka
import Replays
import Storage
import TestSupport
import Testing
import TopicCatalogue
import Views

// Foundation has a type of that name, too.
import struct Invalidations.Progress

/// Fold of dead letters: their openness follows from statuses, in any order.
@Suite(.everyViewStore)
struct DeadLetterFoldTests {
    private let fixture: ViewFixture
    private static let dead = TopicPartition(TopicName.dead, 0)

    init() throws {
        fixture = try ViewFixture()
    }

    @Test func anyInterleavingGivesTheSameTables() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for round in 0..<10 {
            let log = DeadLetterLog(using: &random)
            var dumps: [[String]] = []
            for order in 0..<3 {
                let path = fixture.directory.file("view-\(round)-\(order).sqlite")
                let writer = try fixture.writer(partitions: DeadLetterLog.partitions, path: path)
                for batch in log.batches(using: &random) { try writer.apply(batch) }
                dumps.append(try fixture.dump(path))
                try expectOpenness(of: log, fixture.reader(path: path))
            }
            #expect(dumps[1] == dumps[0])
            #expect(dumps[2] == dumps[0])
        }
    }

    /// What the view keeps is what the finished statuses say.
    private func expectOpenness(of log: DeadLetterLog, _ reader: ViewReader) throws {
        let statuses = folded(log.progress.flatMap { $0 })
        for entry in log.deadLetters {
            let status = entry.identity.flatMap { statuses[$0.id] }.flatMap { $0.identity == entry.identity ? $0 : nil }
            let isDiscarded = log.discards.contains { $0.partition == entry.partition && $0.offset == entry.offset }
            let expected = isDiscarded ? .closed : entry.openness(by: status)
            let found = try #require(try reader.deadLetter(partition: entry.partition, offset: entry.offset))
            #expect(found.entry == entry)
            #expect(found.isOpen == expected.isOpen && found.openEdges == expected.edges, "\(entry.name)")
        }
    }

    @Test func aDeadLetterFollowsItsRequest() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        var offset: Int64 = 0
        func fold(_ generation: UInt32, _ edges: [Progress.Edge]) throws -> [String]? {
            let progress = ViewFixture.progress(id, edges, generation: generation)
            try writer.apply(ViewFixture.batch([progress], from: offset))
            offset += 1
            return try fixture.reader.deadLetter(partition: 0, offset: 0)?.openEdges
        }
        try writer.apply(ViewFixture.batch([ViewFixture.deadLetter(id, ["a", "b"])]))
        // Its progress comes behind it: the gateway's first.
        #expect(try fold(0, [.init("a", .queued), .init("b", .queued)]) == [])
        #expect(try fold(0, [.init("a", .dead), .init("b", .dead), .init("c", .purged)]) == ["a", "b"])
        #expect(try fold(1, [.init("a", .queued)]) == ["b"])
        #expect(try fold(1, [.init("a", .dead)]) == ["b"])
        #expect(try fold(0, [.init("b", .purged)]) == [])
        #expect(try fixture.reader.deadLetter(partition: 0, offset: 0)?.isOpen == false)
    }

    @Test func aDeadLetterKeepsWhatItWasWhenItsRequestIsRemoved() throws {
        let writer = try fixture.writer()
        let ids = (0..<2).map { _ in RequestID(at: ViewFixture.epoch) }
        try writer.apply(
            ViewFixture.batch(
                ids.map { id in
                    ViewFixture.progress(id, [.init("a", .dead), .init("b", id == ids[0] ? .purged : .dead)])
                }))
        try writer.apply(
            ViewFixture.batch([
                ViewFixture.deadLetter(ids[0], ["a", "b"]), ViewFixture.deadLetter(ids[1], ["a", "b"], offset: 1),
            ]))
        #expect(try writer.removeExpired(before: ViewFixture.horizons(ViewFixture.epoch + 1), max: 10) == 2)
        func openEdges(_ offset: Int64) throws -> [String]? {
            try fixture.reader.deadLetter(partition: 0, offset: offset)?.openEdges
        }
        #expect(try openEdges(0) == ["a"] && openEdges(1) == ["a", "b"])
        // A redrive begins the row anew, and names the edges alone that it tries.
        let redriven = ids.map { ViewFixture.progress($0, [.init("a", .queued)], generation: 1) }
        try writer.apply(ViewFixture.batch(redriven, from: 2))
        #expect(try openEdges(0) == [] && openEdges(1) == ["b"])
    }

    @Test func aMarkClosesForGood() throws {
        let writer = try fixture.writer()
        let id = RequestID(at: ViewFixture.epoch)
        var batch = ViewFixture.batch([ViewFixture.deadLetter(id, ["a"])])
        let mark = DiscardMark(partition: 0, offset: 0, run: "run-1")
        // Marks of what is gone, and of what is still to come, discard nothing.
        batch.add(DiscardMark(partition: 0, offset: 77, run: "run-1"), from: Self.dead, offset: 1)
        batch.add(mark, from: Self.dead, offset: 2)
        batch.add(DiscardMark(partition: 0, offset: 4, run: "run-1"), from: Self.dead, offset: 3)
        batch.add(ViewFixture.deadLetter(id, ["a"], offset: 4), from: Self.dead, offset: 4)
        try writer.apply(batch)
        try writer.apply(ViewFixture.batch([ViewFixture.progress(id, [.init("a", .dead)])]))
        #expect(try fixture.reader.deadLetter(partition: 0, offset: 0)?.isOpen == false)
        #expect(try fixture.reader.deadLetter(partition: 0, offset: 4)?.isOpen == true)
        // A batch that is folded again changes nothing.
        let before = try fixture.dump()
        try writer.apply(batch)
        #expect(try fixture.dump() == before)
    }

    @Test func whatTheTopicHasRemovedIsRemovedAFewAtOnce() throws {
        let writer = try fixture.writer(partitions: 2)
        let deadLetters = (0..<10).map { number in
            ViewFixture.deadLetter(
                RequestID(at: ViewFixture.epoch), ["a"], partition: Int32(number % 2), offset: Int64(number))
        }
        try writer.apply(ViewFixture.batch(deadLetters))
        let beginnings: [Int32: Int64] = [0: 6, 1: 1]
        #expect(try writer.removeDeadLetters(below: beginnings, max: 2) == 2)
        #expect(try writer.removeDeadLetters(below: beginnings, max: 2) == 1)
        #expect(try writer.removeDeadLetters(below: beginnings, max: 2) == 0)
        let page = try fixture.reader.deadLetters(DeadLetterQuery())
        #expect(Set(page.deadLetters.map(\.entry.name)) == ["0/6", "0/8", "1/1", "1/3", "1/5", "1/7", "1/9"])
    }
}

/// Dead letters, marks and progress of a few requests, as their topics hold them.
private struct DeadLetterLog {
    static let partitions = 2

    /// What a partition of the dead letters holds, one after another.
    private enum Record {
        case deadLetter(DeadLetterEntry)
        case mark(DiscardMark)
    }

    /// By partition: the reports of one request stand in several, so that they come in many orders.
    private(set) var progress: [[Progress]] = [[], []]
    private var records: [[Record]] = [[], []]

    var deadLetters: [DeadLetterEntry] {
        records.joined().compactMap { if case .deadLetter(let entry) = $0 { entry } else { nil } }
    }

    var discards: [DiscardMark] {
        records.joined().compactMap { if case .mark(let mark) = $0 { mark } else { nil } }
    }

    init(using random: inout some RandomNumberGenerator) {
        let ids = (0..<12).map { _ in RequestID(at: ViewFixture.epoch, using: &random) }
        for _ in 0..<60 {
            let report = Self.report(ids.randomElement(using: &random) ?? ids[0], using: &random)
            progress[Int.random(in: 0..<Self.partitions, using: &random)].append(report)
        }
        for number in 0..<40 {
            let partition = number % Self.partitions
            let offset = records[partition].count
            if offset > 0, Int.random(in: 0..<4, using: &random) == 0 {
                let marked = Int64.random(in: 0..<Int64(offset), using: &random)
                records[partition].append(
                    .mark(DiscardMark(partition: Int32(partition), offset: marked, run: "run-\(number)")))
                continue
            }
            records[partition].append(
                .deadLetter(
                    ViewFixture.deadLetter(
                        Int.random(in: 0..<9, using: &random) == 0 ? nil : ids.randomElement(using: &random),
                        Self.edges(using: &random), partition: Int32(partition), offset: Int64(offset),
                        namespace: Int.random(in: 0..<9, using: &random) == 0 ? "other" : "shop",
                        generation: UInt32.random(in: 0...2, using: &random),
                        statusID: Int.random(in: 0..<4, using: &random) == 0 ? ids.randomElement(using: &random) : nil)
                ))
        }
    }

    /// All of it, in batches that take turns between the partitions at random.
    func batches(using random: inout some RandomNumberGenerator) -> [ProjectionBatch] {
        var batches: [ProjectionBatch] = []
        var (progressRead, deadRead) = ([0, 0], [0, 0])
        while progressRead != progress.map(\.count) || deadRead != records.map(\.count) {
            var batch = ProjectionBatch()
            for partition in 0..<Self.partitions {
                let number = Int32(partition)
                for _ in 0..<Int.random(in: 0...9, using: &random)
                where progressRead[partition] < progress[partition].count {
                    let offset = progressRead[partition]
                    batch.add(
                        progress[partition][offset], from: TopicPartition(TopicName.progress, number),
                        offset: Int64(offset))
                    progressRead[partition] += 1
                }
                for _ in 0..<Int.random(in: 0...9, using: &random) where deadRead[partition] < records[partition].count
                {
                    let offset = Int64(deadRead[partition])
                    let from = TopicPartition(TopicName.dead, number)
                    switch records[partition][deadRead[partition]] {
                    case .deadLetter(let entry): batch.add(entry, from: from, offset: offset)
                    case .mark(let mark): batch.add(mark, from: from, offset: offset)
                    }
                    deadRead[partition] += 1
                }
            }
            batches.append(batch)
        }
        return batches
    }

    private static func report(_ id: RequestID, using random: inout some RandomNumberGenerator) -> Progress {
        var report = ViewFixture.progress(
            id,
            edges(using: &random).map { name in
                Progress.Edge(name, [.queued, .deferred, .dead, .dead, .purged].randomElement(using: &random) ?? .dead)
            }, at: ViewFixture.epoch + Int64.random(in: 0...9, using: &random),
            generation: UInt32.random(in: 0...2, using: &random),
            run: Int.random(in: 0..<9, using: &random) == 0 ? "run" : nil)
        if Int.random(in: 0..<5, using: &random) == 0 {
            report.failure = RequestFailure(failureClass: "unroutable", message: "no edge")
        }
        return report
    }

    private static func edges(using random: inout some RandomNumberGenerator) -> [String] {
        ["a", "b", "b+again", "c"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
    }
}
