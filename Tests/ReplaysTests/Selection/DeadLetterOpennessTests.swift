import Invalidations
import Kafka
import Replays
import Testing
import TopicCatalogue

/// Openness of dead letters, as their requests' statuses change.
struct DeadLetterOpennessTests {
    private static let time = Timestamp(milliseconds: 1_764_240_000_000)
    private static let id = RequestID(at: time)

    private func deadLetter(_ edges: String) throws -> DeadLetterEntry {
        let headers = [
            ("cs-dlq-class", "exhausted"), ("cs-seq", "\(TopicName.normal)/3/17"), ("cs-request-id", Self.id.text),
            ("cs-namespace", "default"), ("cs-edges", edges), ("cs-generation", "1"),
        ]
        return try #require(
            DeadLetterEntry(headers.map { KafkaHeader($0.0, $0.1) }, partition: 3, offset: 9, time: 1))
    }

    private func status(
        _ generation: UInt32, _ edges: [Progress.Edge], failure: RequestFailure? = nil
    ) -> StatusRecord {
        StatusRecord(
            Progress(
                id: Self.id, namespace: .default, generation: generation, requestedAt: Self.time, at: Self.time,
                source: "test", edges: edges, failure: failure))
    }

    @Test func eachEdgeIsOpenUntilItIsTriedAgain() throws {
        let deadLetter = try deadLetter("a,b")
        #expect(deadLetter.openness(by: nil).edges == ["a", "b"])
        #expect(deadLetter.openness(by: status(1, [.init("a", .dead), .init("b", .purged)])).edges == ["a"])
        #expect(!deadLetter.openness(by: status(2, [.init("a", .dead), .init("b", .queued)])).isOpen)
    }

    @Test func whatWasClosedStaysSoWhereTheStatusIsSilent() throws {
        let deadLetter = try deadLetter("a,b")
        let before = deadLetter.openness(by: status(1, [.init("a", .purged), .init("b", .dead)]))
        #expect(before.edges == ["b"])
        // The status was removed after its time, and b alone was redriven since.
        #expect(deadLetter.openness(by: status(2, [.init("b", .queued)]), before: before) == .closed)
        // What was not heard of yet was open before, and is.
        let unknown = deadLetter.openness(by: nil)
        #expect(deadLetter.openness(by: status(1, [.init("b", .dead)]), before: unknown).edges == ["a", "b"])
        // A report that comes late says that it is dead after all.
        let early = deadLetter.openness(by: status(1, [.init("a", .deferred), .init("b", .deferred)]))
        #expect(!early.isOpen)
        #expect(deadLetter.openness(by: status(1, [.init("a", .dead)]), before: early).edges == ["a"])
    }

    @Test func aRequestAsAWholeIsOpenUntilALaterTryBegins() throws {
        let deadLetter = try deadLetter("")
        let reason = RequestFailure(failureClass: "unroutable", message: "no edge")
        for record in [nil, status(1, [], failure: reason), status(0, [.init("a", .queued)])] {
            #expect(deadLetter.openness(by: record).isOpen)
        }
        for record in [status(2, [], failure: reason), status(2, [.init("a", .queued)])] {
            #expect(!deadLetter.openness(by: record).isOpen)
            #expect(!deadLetter.openness(by: record, before: DeadLetterOpenness(isOpen: true)).isOpen)
        }
        #expect(!deadLetter.openness(by: status(1, [], failure: reason), before: .closed).isOpen)
    }
}
