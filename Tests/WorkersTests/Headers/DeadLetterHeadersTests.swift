import Invalidations
import Testing
import TopicCatalogue
import Workers

/// Tests of headers of dead letters.
struct DeadLetterHeadersTests {
    private let invalidation = Invalidation(
        id: RequestID(at: Timestamp(milliseconds: 1_764_000_000_000)), namespace: .default,
        selectors: Selectors(tags: ["a"]), mode: .soft, requestedAt: Timestamp(milliseconds: 1_764_000_000_000))

    private func deadLetter(_ invalidation: Invalidation?, headers: [RecordHeader] = []) -> DeadLetter {
        DeadLetter(
            deadClass: invalidation == nil ? .undecodable : .exhausted,
            position: RecordPosition(source: SourcePartition(topic: 1, partition: 3), offset: 42),
            original: OriginalRecord(key: nil, value: Array("abc".utf8), headers: headers), invalidation: invalidation,
            failedEdges: invalidation == nil
                ? [] : [.init(edge: "nginx-1", attempts: 3, failure: PurgeFailure(.transient, "503", status: 503))],
            reason: "why", firstFailedAt: Timestamp(milliseconds: 1), lastFailedAt: Timestamp(milliseconds: 2))
    }

    private func headers(_ deadLetter: DeadLetter) -> [RecordHeader] {
        DeadLetterHeaders.headers(of: deadLetter, topic: TopicName.normal, group: "g", worker: "w")
    }

    private func text(_ name: String, in headers: [RecordHeader]) -> String? {
        headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [true, false])
    func everyHeaderOfTheContractIsThereOnce(isRequest: Bool) throws {
        let names = headers(deadLetter(isRequest ? invalidation : nil)).map(\.name)
        #expect(Set(names).count == names.count)
        let definition = try #require(TopicCatalogue.definition(named: TopicName.dead))
        for header in definition.headers where header.required {
            #expect(names.contains(header.name), "\(header.name) is missing")
        }
        let known = Set(definition.headers.map(\.name))
        #expect(Set(names).isSubset(of: known), "\(Set(names).subtracting(known)) is in no contract")
    }

    @Test func valuesSayWhereItStoodAndWhy() {
        let headers = headers(deadLetter(invalidation))
        #expect(text("cs-seq", in: headers) == "cachesync.invalidations.normal/3/42")
        #expect(text("cs-dlq-class", in: headers) == "exhausted")
        #expect(text("cs-edges", in: headers) == "nginx-1")
        #expect(text("cs-edge-attempts", in: headers) == "3")
        #expect(text("cs-attempt", in: headers) == "3")
        #expect(text("cs-last-status", in: headers) == "503")
        #expect(text("cs-last-error", in: headers) == "nginx-1: 503")
        #expect(text("cs-mode", in: headers) == "soft")
        // The digest of "abc" in FIPS 180-2, appendix B.1.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(text("cs-payload-sha256", in: headers) == digest)
    }

    @Test func publishersCannotForgeOurHeaders() {
        let forged = [RecordHeader("cs-dlq-class", "fine"), RecordHeader("traceparent", "00-1-2-01")]
        let headers = headers(deadLetter(invalidation, headers: forged))
        #expect(text("cs-dlq-class", in: headers) == "exhausted")
        #expect(text("traceparent", in: headers) == "00-1-2-01")
        #expect(headers.filter { $0.name == "cs-dlq-class" }.count == 1)
    }

    @Test func whatARetryRecordSaidIsOver() {
        let deferred = [
            RecordHeader("cs-not-before", "2025-11-24T16:00:00Z"), RecordHeader("cs-tier", "2"),
            RecordHeader("cs-defer-reason", "failed"), RecordHeader("cs-edges", "a,b,c"),
        ]
        let headers = headers(deadLetter(invalidation, headers: deferred))
        #expect(text("cs-not-before", in: headers) == nil && text("cs-tier", in: headers) == nil)
        #expect(text("cs-edges", in: headers) == "nginx-1")
    }

    @Test func errorsAreCutBetweenCharacters() throws {
        var deadLetter = deadLetter(nil)
        deadLetter.reason = "x" + String(repeating: "é", count: 400)
        let error = try #require(text("cs-last-error", in: headers(deadLetter)))
        #expect(error.utf8.count == 511 && error.hasSuffix("é"))
    }
}
