import Invalidations
import TestSupport
import Testing
import TopicCatalogue
import Workers

/// Tests of headers of retry records.
struct RetryHeadersTests {
    private static let topics = SourceTopics(tiers: 4)
    private static let now = Timestamp(milliseconds: 1_764_000_000_000)

    private static func retryRecord(_ retry: RetryMetadata, headers: [RecordHeader] = []) -> RetryRecord {
        let invalidation = Invalidation(
            id: RequestID(at: now), namespace: .default, selectors: Selectors(tags: ["a"]), mode: .soft,
            requestedAt: now + -60_000, expiresAt: now + 3_600_000)
        return RetryRecord(
            tier: 1, partition: retry.origin.source.partition,
            original: OriginalRecord(key: nil, value: Array("abc".utf8), headers: headers), invalidation: invalidation,
            retry: retry)
    }

    private static func headers(_ retry: RetryMetadata, publishers: [RecordHeader] = []) -> [RecordHeader] {
        RetryHeaders.headers(of: retryRecord(retry, headers: publishers), topics: topics, worker: "worker-1")
    }

    private static func read(_ headers: [RecordHeader], partition: Int32 = 3) -> RetryMetadata? {
        let source = SourcePartition(tier: 1, partition: partition)
        return RetryHeaders.read(headers, from: source, writtenAt: now, topics: topics)?.retry
    }

    private static let retry = RetryMetadata(
        origin: RecordPosition(source: SourcePartition(topic: 0, partition: 3), offset: 42), deferredAt: now,
        notBefore: now + 60_000,
        parts: [.init(edge: "nginx-1", attempts: 3), .init(edge: "varnish-1", step: .second, attempts: 0)],
        reason: .failed, firstFailedAt: now + -5_000,
        lastFailure: PurgeFailure(.transient, "503 Service Unavailable", status: 503), lastFailedEdge: "nginx-1")

    @Test func allMetadataSurvivesTheRoundTrip() {
        var random = SeededGenerator.printed("retry notes")
        for _ in 0..<2_000 {
            let retry = Self.randomMetadata(using: &random)
            let headers = Self.headers(retry, publishers: Self.randomHeaders(using: &random))
            #expect(Self.read(headers, partition: retry.origin.source.partition) == retry)
            // A second retry record replaces what the first one said.
            let repeated = Self.headers(retry, publishers: headers)
            #expect(Set(repeated.map(\.name)).count == repeated.count)
            #expect(Self.read(repeated, partition: retry.origin.source.partition) == retry)
        }
    }

    @Test func valuesAreWhatTheDefinitionsSay() {
        let headers = Self.headers(Self.retry)
        let texts = Dictionary(headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }) { $1 }
        #expect(texts["cs-seq"] == "cachesync.invalidations.high/3/42")
        #expect(texts["cs-edges"] == "nginx-1,varnish-1+again")
        #expect(texts["cs-edge-attempts"] == "3,0")
        #expect(texts["cs-attempt"] == "3")
        #expect(texts["cs-tier"] == "1")
        #expect(texts["cs-not-before"] == "2025-11-24T16:01:00.000Z")
        #expect(texts["cs-deferred-at"] == "2025-11-24T16:00:00.000Z")
        #expect(texts["cs-requested-at"] == "2025-11-24T15:59:00.000Z")
        #expect(texts["cs-expires-at"] == "2025-11-24T17:00:00.000Z")
        #expect(texts["cs-defer-reason"] == "failed")
        #expect(texts["cs-last-class"] == "transient")
        #expect(texts["cs-last-status"] == "503" && texts["cs-last-edge"] == "nginx-1")
        #expect(texts["cs-last-error"] == "503 Service Unavailable")
        #expect(texts["cs-namespace"] == "default" && texts["cs-mode"] == "soft" && texts["cs-worker"] == "worker-1")
    }

    @Test(arguments: TopicName.retries)
    func everyHeaderIsInTheTopicsDefinition(topic: String) throws {
        let definition = try #require(TopicCatalogue.definition(named: topic))
        let names = Set(Self.headers(Self.retry).map(\.name))
        #expect(names.isSubset(of: definition.headers.map(\.name)))
        for header in definition.headers where header.required {
            #expect(names.contains(header.name), "\(header.name) is missing")
        }
    }

    @Test func theRequestIsAsOldAsItWas() throws {
        let read = try #require(
            RetryHeaders.read(
                Self.headers(Self.retry), from: SourcePartition(tier: 0, partition: 3), writtenAt: Self.now,
                topics: Self.topics))
        #expect(read.requestedAt == Self.now + -60_000)
    }

    @Test func publishersHeadersPassThrough() {
        let theirs = [
            RecordHeader("traceparent", "00-1-2-01"), RecordHeader(name: "cs-custom", value: nil),
            RecordHeader("traceparent", "twice"),
        ]
        let headers = Self.headers(Self.retry, publishers: theirs + [RecordHeader("cs-edges", "forged")])
        #expect(RetryHeaders.stripped(headers) == theirs)
        #expect(headers.filter { $0.name == "cs-edges" }.count == 1)
    }

    /// Readers of records take so many headers and so many bytes of them: ours must be among them.
    @Test func oursComeFirst() {
        let theirs = (0..<200).map { RecordHeader("their-\($0)", "x") }
        let headers = Self.headers(Self.retry, publishers: theirs)
        #expect(Self.read(Array(headers.prefix(128))) == Self.retry)
    }

    static let garbled: [(String, String?)] = [
        ("cs-seq", nil), ("cs-seq", "cachesync.invalidations.high/3"), ("cs-seq", "cachesync.invalidations.high/4/42"),
        ("cs-seq", "other/3/42"), ("cs-seq", "cachesync.invalidations.high/3/-1"), ("cs-seq", "a/b/c/d"),
        ("cs-edges", nil), ("cs-edges", ""), ("cs-edges", "a"), ("cs-edges", "a,b,c"), ("cs-edges", "a,a"),
        ("cs-edges", "a,"), ("cs-edges", "a,b c"), ("cs-edges", "a,b\u{7}"), ("cs-edges", "a,+again"),
        ("cs-edges", "a,b+c"), ("cs-edges", String(repeating: "a", count: 129) + ",b"),
        ("cs-edges", (0..<513).map { "e\($0)" }.joined(separator: ",")),
        ("cs-edge-attempts", nil), ("cs-edge-attempts", "3"), ("cs-edge-attempts", "3,x"),
        ("cs-edge-attempts", "-1,0"), ("cs-edge-attempts", "3,9223372036854775807"),
        ("cs-not-before", nil), ("cs-not-before", "soon"), ("cs-not-before", "9999-12-31T23:59:59.999Z"),
        ("cs-not-before", "1969-12-31T23:59:59Z"), ("cs-not-before", "2318-04-01T00:00:00Z"),
        ("cs-deferred-at", "2318-04-01T00:00:00Z"), ("cs-first-failed-at", "9999-01-01T00:00:00Z"),
        ("cs-deferred-at", "0001-01-01T00:00:00Z"), ("cs-deferred-at", nil), ("cs-deferred-at", "2025-11-31T00:00:00Z"),
        ("cs-requested-at", nil),
        ("cs-defer-reason", nil), ("cs-defer-reason", "mood"), ("cs-first-failed-at", "x"),
        ("cs-last-class", "odd"), ("cs-last-status", "many"), ("cs-last-status", "-1"),
        ("cs-last-error", String(repeating: "x", count: 513)),
    ]

    @Test(arguments: garbled)
    func whatNoWorkerWroteIsNoMetadata(name: String, value: String?) {
        var headers = Self.headers(Self.retry).filter { $0.name != name }
        if let value { headers.append(RecordHeader(name, value)) }
        #expect(Self.read(headers) == nil)
    }

    /// A topic that keeps its writers' times says any time of a record: what is reckoned from it must not overflow.
    @Test(arguments: [Int64.max, 253_402_300_799_999, 10_990_000_000_000])
    func aRecordFromTheFarFutureMayNotWaitUntilThen(milliseconds: Int64) {
        let far = Timestamp(milliseconds: milliseconds)
        var headers = Self.headers(Self.retry).filter { $0.name != "cs-not-before" }
        headers.append(RecordHeader("cs-not-before", far.text))
        let read = RetryHeaders.read(
            headers, from: SourcePartition(tier: 0, partition: 3), writtenAt: far, topics: Self.topics)
        #expect(read == nil)
    }

    @Test func twiceNullOrNoTextIsNoMetadata() {
        let headers = Self.headers(Self.retry)
        #expect(Self.read(headers + [headers[0]]) == nil)
        #expect(Self.read(headers.dropFirst() + [RecordHeader(name: headers[0].name, value: nil)]) == nil)
        #expect(Self.read(headers.dropFirst() + [RecordHeader(name: headers[0].name, value: [0xFF])]) == nil)
        #expect(Self.read([]) == nil)
    }

    /// Whatever becomes of the headers, reading them ends, and what it gives is within bounds.
    @Test func damagedHeadersDoNoHarm() {
        var random = SeededGenerator.printed("damaged headers")
        for _ in 0..<5_000 {
            var headers = Self.headers(Self.randomMetadata(using: &random))
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = headers.indices.randomElement(using: &random)!
                var value = headers[index].value ?? []
                let cut = Int.random(in: 0...value.count, using: &random)
                let tail = (0..<Int.random(in: 0...4, using: &random)).map { _ in random.byte() }
                value.replaceSubrange(cut..., with: tail)
                headers[index].value = value
            }
            guard let retry = Self.read(headers, partition: Int32.random(in: 0..<12, using: &random)) else { continue }
            #expect((1...Limits.edges).contains(retry.parts.count) && retry.parts.allSatisfy { $0.attempts >= 0 })
        }
    }

    private static func randomMetadata(using random: inout SeededGenerator) -> RetryMetadata {
        let count = [1, 2, 5, Limits.edges].randomElement(using: &random)!
        let parts = (0..<count).map { number in
            RetryMetadata.Part(
                edge: "edge-\(number).example_\(number)", step: Bool.random(using: &random) ? .first : .second,
                attempts: Int.random(in: 0...1_000, using: &random))
        }
        let source = SourcePartition(
            topic: Int.random(in: 0..<3, using: &random), partition: Int32.random(in: 0..<12, using: &random))
        let hasFailed = Bool.random(using: &random)
        let messages = ["", "503", "a,b\n\"c\"", "ü\u{1F600}", String(repeating: "é", count: 256)]
        let failure = PurgeFailure(
            PurgeFailure.Class.allCases.randomElement(using: &random)!, messages.randomElement(using: &random)!,
            status: Bool.random(using: &random) ? Int.random(in: 100...599, using: &random) : nil)
        return RetryMetadata(
            origin: RecordPosition(source: source, offset: Int64.random(in: 0...Int64.max, using: &random)),
            deferredAt: now + Int64.random(in: -99_999...0, using: &random),
            notBefore: now + Int64.random(in: 0...3_600_000, using: &random), parts: parts,
            reason: DeferReason.allCases.randomElement(using: &random)!,
            firstFailedAt: hasFailed ? now : nil, lastFailure: hasFailed ? failure : nil)
    }

    private static func randomHeaders(using random: inout SeededGenerator) -> [RecordHeader] {
        (0..<Int.random(in: 0...3, using: &random)).map { number in
            RecordHeader(name: "their-\(number)", value: Bool.random(using: &random) ? nil : [random.byte()])
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func byte() -> UInt8 { UInt8.random(in: 0...255, using: &self) }
}
