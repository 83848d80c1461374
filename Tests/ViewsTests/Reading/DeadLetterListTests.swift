import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import Views

/// Lists and counts of dead letters.
@Suite(.everyViewStore)
struct DeadLetterListTests {
    private let fixture: ViewFixture
    private let deadLetters: [DeadLetterEntry]
    private static let classes = ["exhausted", "permanent", "unroutable"]
    private static let id = RequestID(at: ViewFixture.epoch)
    private static let statusID = RequestID(at: ViewFixture.epoch)

    /// 120 dead letters over three partitions, many of one time; every fifth is discarded.
    init() throws {
        fixture = try ViewFixture()
        var random = SeededGenerator(seed: 11)
        deadLetters = (0..<120).map { number in
            ViewFixture.deadLetter(
                number % 17 == 0 ? Self.id : number % 19 == 0 ? nil : RequestID(at: ViewFixture.epoch, using: &random),
                number % 6 == 0 ? [] : ["a", "b+again", "c"].filter { _ in Bool.random(using: &random) },
                partition: Int32(number % 3), offset: Int64(number),
                time: ViewFixture.epoch + Int64(number / 7), namespace: "ns-\(number % 4)",
                deadClass: Self.classes[number % 3], error: "error \(number % 5)",
                run: number % 8 == 0 ? "run-1" : nil, redrives: number % 6,
                statusID: number % 13 == 0 ? Self.statusID : nil)
        }
        let writer = try fixture.writer(partitions: 3)
        var batch = ViewFixture.batch(deadLetters)
        for entry in deadLetters where Self.isDiscarded(entry) {
            batch.add(
                DiscardMark(partition: entry.partition, offset: entry.offset, run: "run-9"),
                from: .init(ViewFixture.topics[1], entry.partition), offset: 1_000 + entry.offset)
        }
        try writer.apply(batch)
    }

    private static func isDiscarded(_ entry: DeadLetterEntry) -> Bool { entry.offset % 5 == 0 }

    private static func query(_ change: (inout DeadLetterQuery) throws -> Void) rethrows -> DeadLetterQuery {
        var query = DeadLetterQuery()
        query.limit = 7
        try change(&query)
        return query
    }

    private static func queries() throws -> [(DeadLetterQuery, (DeadLetterEntry) -> Bool)] {
        [
            (query { _ in }, { !isDiscarded($0) }),
            (query { $0.includesClosed = true }, { _ in true }),
            (
                try query { $0.namespaces = [try Glob("ns-1"), try Glob("*2")] },
                { entry in
                    !isDiscarded(entry) && ["ns-1", "ns-2"].contains(entry.namespace?.name)
                }
            ),
            (query { $0.classes = ["permanent"] }, { !isDiscarded($0) && $0.deadClass == "permanent" }),
            (
                query { $0.edges = ["b"] },
                { entry in
                    !isDiscarded(entry) && (entry.edges.isEmpty || entry.edges.contains("b+again"))
                }
            ),
            (query { $0.error = "error 3" }, { !isDiscarded($0) && $0.error == "error 3" }),
            (query { ($0.request, $0.includesClosed) = (id, true) }, { $0.requestID == id }),
            (query { $0.request = statusID }, { !isDiscarded($0) && $0.statusID == statusID }),
            (query { ($0.run, $0.includesClosed) = ("run-1", true) }, { $0.run == "run-1" }),
            (
                query { ($0.since, $0.until) = (ViewFixture.epoch + 3, ViewFixture.epoch + 9) },
                { entry in
                    !isDiscarded(entry) && (3..<9).contains((entry.time ?? 0) - ViewFixture.epoch.milliseconds)
                }
            ),
            (query { $0.isQuarantined = true }, { !isDiscarded($0) && $0.redrives >= 3 }),
            (query { $0.isQuarantined = false }, { !isDiscarded($0) && $0.redrives < 3 }),
        ]
    }

    @Test func pagesShowEveryMatchOnceNewestFirst() throws {
        let newest = deadLetters.sorted {
            ($0.time ?? 0, $0.partition, $0.offset) > ($1.time ?? 0, $1.partition, $1.offset)
        }
        for (query, isMatch) in try Self.queries() {
            let expected = newest.filter(isMatch)
            var listed: [DeadLetterRecord] = []
            var page = query
            repeat {
                let result = try fixture.reader.deadLetters(page)
                #expect(result.deadLetters.count <= query.limit)
                listed += result.deadLetters
                // The cursor survives its way through a client.
                page.cursor = result.next.flatMap { DeadLetterCursor($0.text) }
            } while page.cursor != nil && listed.count <= deadLetters.count
            #expect(!expected.isEmpty)
            #expect(listed.map(\.entry) == expected)
            #expect(listed.allSatisfy { $0.isOpen != Self.isDiscarded($0.entry) })
            #expect(try fixture.reader.countDeadLetters(page, by: .namespace).total == Int64(expected.count))
        }
    }

    @Test func groupsCountEachDeadLetterWhereItBelongs() throws {
        let open = deadLetters.filter { !Self.isDiscarded($0) }
        let reader = fixture.reader
        let classes = try reader.countDeadLetters(DeadLetterQuery(), by: .deadClass)
        #expect(classes.total == Int64(open.count))
        #expect(classes.groups.map(\.count) == classes.groups.map(\.count).sorted(by: >))
        for group in classes.groups { #expect(group.count == open.count { $0.deadClass == group.name }) }
        let errors = try reader.countDeadLetters(DeadLetterQuery(), by: .error)
        #expect(Set(errors.groups.map(\.name)) == ["error 1", "error 2", "error 3", "error 4"] as Set<String>)
        let namespaces = try reader.countDeadLetters(DeadLetterQuery(), by: .namespace)
        // What could not be read has none.
        #expect(namespaces.groups.first { $0.name.isEmpty }?.count == Int64(open.count { $0.namespace == nil }))
        let edges = try reader.countDeadLetters(DeadLetterQuery(), by: .edge)
        #expect(edges.groups.first { $0.name == "b" }?.count == Int64(open.count { $0.edges.contains("b+again") }))
        #expect(edges.groups.first { $0.name.isEmpty }?.count == Int64(open.count { $0.edges.isEmpty }))
        #expect(edges.total == classes.total)
    }

    @Test func theGroupsThatAreKeptApartAreBounded() throws {
        let fixture = try ViewFixture()
        try fixture.writer().apply(
            ViewFixture.batch(
                (0..<10_050).map { ViewFixture.deadLetter(nil, ["a"], offset: $0, error: "error \($0)") }))
        let groups = try fixture.reader.countDeadLetters(DeadLetterQuery(), by: .error)
        #expect(groups.total == 10_050)
        #expect(groups.groups.first?.name == "others" && groups.groups.first?.count == 50)
        #expect(groups.groups.count == 10_001)
    }

    @Test func oneIsFoundByItsOffsetAndRunsCountTheirs() throws {
        let reader = fixture.reader
        #expect(try reader.deadLetter(partition: 1, offset: 1)?.entry == deadLetters[1])
        #expect(try reader.deadLetter(partition: 1, offset: 2) == nil)
        #expect(try reader.deadLetterCount(ofRun: "run-1") == Int64(deadLetters.count { $0.run == "run-1" }))
        #expect(try reader.deadLetterCount(ofRun: "run-2") == 0)
    }
}
