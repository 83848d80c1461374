import Invalidations
import Kafka
import Replays
import Testing
import TopicCatalogue

/// Which dead letters a redrive takes, and for which edges.
struct RedriveRuleTests {
    private static let id = RequestID(high: 0x0190_a1b2_0000_7000, low: 0x8000_0000_0000_0001)
    private static let namespace = Namespace("shop")!
    private static let time = Timestamp(milliseconds: 1_764_240_000_000)

    private func deadLetter(_ edges: String = "a,b", more: [(String, String)] = []) throws -> DeadLetterEntry {
        let headers =
            [
                ("cs-dlq-class", "exhausted"), ("cs-seq", "\(TopicName.normal)/3/17"), ("cs-request-id", Self.id.text),
                ("cs-namespace", "shop"), ("cs-edges", edges), ("cs-attempt", "6"), ("cs-last-error", "a: refused"),
            ] + more
        let read = DeadLetterEntry(
            headers.map { KafkaHeader($0.0, Array($0.1.utf8)) }, partition: 3, offset: 9, time: 1)
        return try #require(read)
    }

    private func row(_ cells: [(String, EdgeState, UInt32)]) throws -> StatusRecord {
        let row = StatusRecord(
            id: Self.id, namespace: Self.namespace, requestedAt: Self.time, firstSeenAt: Self.time,
            updatedAt: Self.time, edges: cells.map(\.0),
            cells: cells.map { StatusRecord.Cell(generation: $0.2, state: $0.1) }, failures: [:], omitsEdges: false)
        return try #require(row)
    }

    private func spec(_ change: (inout RunSpec) -> Void = { _ in }) -> RunSpec {
        var spec = RunSpec([LogRange(TopicPartition(TopicName.dead, 3), from: 0, to: 10)])
        change(&spec)
        return spec
    }

    private var invalidation: Invalidation {
        Invalidation(
            id: Self.id, namespace: Self.namespace, selectors: Selectors(tags: ["product-42"]), requestedAt: Self.time)
    }

    @Test func onlyEdgesThatAreStillDeadAreTaken() throws {
        let rule = try RedriveRule(spec())
        let row = try row([("a", .dead, 0), ("b", .purged, 0), ("c", .dead, 0)])
        #expect(rule.verdict(on: try deadLetter(), invalidation, record: row) == .redrive(edges: ["a"]))
        #expect(rule.verdict(on: try deadLetter(), invalidation, record: nil) == .redrive(edges: ["a", "b"]))
    }

    @Test func aTryUnderWayOrEndedIsNotBegunTwice() throws {
        let rule = try RedriveRule(spec())
        for state in [EdgeState.queued, .deferred, .dead, .purged] {
            let row = try row([("a", state, 1), ("b", state, 1)])
            #expect(rule.verdict(on: try deadLetter(), invalidation, record: row) == .done)
        }
        // The dead letter of that try is another one.
        let second = try deadLetter(more: [("cs-run", "r"), ("cs-generation", "1"), ("cs-redrive-count", "1")])
        let row = try row([("a", .dead, 1), ("b", .purged, 1)])
        #expect(rule.verdict(on: second, invalidation, record: row) == .redrive(edges: ["a"]))
    }

    @Test func whatFailedThreeTimesIsLeftAlone() throws {
        let tried = try deadLetter(more: [("cs-run", "r"), ("cs-generation", "3"), ("cs-redrive-count", "3")])
        #expect(try RedriveRule(spec()).verdict(on: tried, invalidation, record: nil) == .quarantined)
        let released = try RedriveRule(spec { $0.releaseQuarantine = true })
        #expect(released.verdict(on: tried, invalidation, record: nil) == .redrive(edges: ["a", "b"]))
    }

    @Test func whatWasPurgedSinceIsDoneHoweverOftenItFailedBefore() throws {
        let tried = try deadLetter(more: [("cs-run", "r"), ("cs-generation", "3"), ("cs-redrive-count", "3")])
        let row = try row([("a", .purged, 4), ("b", .purged, 4)])
        #expect(try RedriveRule(spec()).verdict(on: tried, invalidation, record: row) == .done)
    }

    @Test func theSecondPurgeOfAnEdgeBelongsToIt() throws {
        let rule = try RedriveRule(spec { $0.edges = ["a"] })
        #expect(
            rule.verdict(on: try deadLetter("a+again,b"), invalidation, record: nil) == .redrive(edges: ["a+again"]))
    }

    @Test(arguments: [
        ("namespaces", ["other"], false), ("namespaces", ["sh*"], true), ("tags", ["product-?"], false),
        ("tags", ["product-??"], true), ("edges", ["b"], true), ("edges", ["x"], false),
        ("classes", ["permanent"], false), ("classes", ["exhausted"], true), ("deadLetters", ["3/9"], true),
        ("deadLetters", ["3/8"], false),
    ])
    func eachCriterionMustHold(name: String, values: [String], isTaken: Bool) throws {
        let rule = try RedriveRule(
            spec { spec in
                switch name {
                case "namespaces": spec.namespaces = values
                case "tags": spec.tags = values
                case "edges": spec.edges = values
                case "classes": spec.classes = values
                default: spec.deadLetters = values
                }
            })
        let verdict = rule.verdict(on: try deadLetter(), invalidation, record: nil)
        #expect((verdict != .notMatched) == isTaken)
    }

    @Test func whatCannotBeReadIsTakenOnlyByNameOrClass() throws {
        let garbage = try deadLetter("")
        #expect(try RedriveRule(spec()).verdict(on: garbage, nil, record: nil) == .notMatched)
        let named = try RedriveRule(spec { $0.deadLetters = ["3/9"] })
        #expect(named.verdict(on: garbage, nil, record: nil) == .redrive(edges: []))
    }

    @Test func impossibleNumbersAreBounded() throws {
        let huge = String(Int.max)
        let hostile = try deadLetter(
            more: [("cs-run", "r"), ("cs-generation", huge), ("cs-redrive-count", huge), ("cs-status-id", "no id")])
        #expect(hostile.generation < 1_000_000 && hostile.redrives < 1_000_000 && hostile.statusID == nil)
        let negative = try deadLetter(more: [("cs-generation", "-1"), ("cs-redrive-count", "-9")])
        #expect(negative.generation == 0 && negative.redrives == 0)
    }

    @Test func headersOfOthersAreNoDeadLetter() {
        #expect(DeadLetterEntry([], partition: 0, offset: 0, time: nil) == nil)
        let garbled = [KafkaHeader("cs-dlq-class", [0xFF]), KafkaHeader("cs-seq", nil)]
        #expect(DeadLetterEntry(garbled, partition: 0, offset: 0, time: nil) == nil)
    }
}

extension RedriveRule {
    /// - Parameter record: the status that the openness follows from.
    fileprivate func verdict(
        on deadLetter: DeadLetterEntry, _ invalidation: Invalidation?, record: StatusRecord?
    ) -> Verdict {
        verdict(on: deadLetter, invalidation, openness: deadLetter.openness(by: record))
    }
}
