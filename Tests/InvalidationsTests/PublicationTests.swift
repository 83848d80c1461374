import Invalidations
import Testing

/// Publications: what the request's own record says, and how that joins with progress.
struct PublicationTests {
    private static let time = Timestamp(milliseconds: 1_795_000_000_000)
    private static let id = RequestID(at: time)

    private static func record(_ time: Timestamp = time, source: String? = nil, key: String? = nil) -> StatusRecord {
        StatusRecord(
            Invalidation(
                id: id, namespace: .default, selectors: Selectors(tags: ["a"]), requestedAt: time, source: source),
            publishedAt: time,
            idempotencyKey: key.flatMap { KeyOnRecord($0, digest: String(repeating: "a", count: 32)) })
    }

    @Test func whatNoWorkerHasToldOfIsQueuedAndWithoutErrors() {
        let record = Self.record()
        #expect(record.status == .queued && record.errors.isEmpty && record.totalEdges == 0)
        let expecting = record.expecting([Progress.Edge("b", .skipped), Progress.Edge("a", .queued)])
        #expect(expecting.edges == ["a", "b"] && expecting.status == .queued && !expecting.isReported)
        // Nothing is left to be asked, and still nobody has said so.
        #expect(record.expecting([Progress.Edge("a", .skipped)]).status == .queued)
    }

    @Test func aWorkersEdgesCountFromItsFirstWord() {
        let progress = Progress(
            id: Self.id, namespace: .default, requestedAt: Self.time, at: Self.time + 5, source: "w",
            edges: [Progress.Edge("a", .purged)])
        for joined in [
            StatusFold.join(Self.record(source: "s"), StatusRecord(progress)),
            StatusFold.join(StatusRecord(progress), Self.record(source: "s")),
        ] {
            #expect(joined.status == .completed && joined.isReported && joined.publication?.source == "s")
        }
        // A worker may find no edge at all: that is a failure, and told as one.
        let none = Progress(
            id: Self.id, namespace: .default, requestedAt: Self.time, at: Self.time, source: "w", edges: [])
        #expect(StatusFold.apply(none, to: Self.record()).status == .failed)
    }

    @Test func theEarlierPublicationOwnsTheId() {
        let (first, second) = (Self.record(source: "first"), Self.record(Self.time + 1, source: "second", key: "k"))
        #expect(StatusFold.join(first, second).publication?.source == "first")
        #expect(StatusFold.join(second, first).publication?.source == "first")
    }

    @Test func aKeyTravelsInAHeader() throws {
        let digest = String(repeating: "0f", count: 16)
        let key = try #require(KeyOnRecord("deploy: 7", digest: digest))
        #expect(KeyOnRecord([key.header]) == key)
        #expect(KeyOnRecord([RecordHeader("other", "x"), key.header]) == key)
        for text in ["", "k", "\(digest)", "\(digest):", "\(digest)k", "\(digest.dropLast())G:k", "\(digest):é"] {
            #expect(KeyOnRecord([RecordHeader(KeyOnRecord.headerName, text)]) == nil, "\(text)")
        }
        #expect(KeyOnRecord([RecordHeader(name: KeyOnRecord.headerName, value: nil)]) == nil)
        #expect(KeyOnRecord(String(repeating: "k", count: 256), digest: digest) == nil)
    }

    /// Nobody reads a refusal on Kafka.
    @Test(arguments: [Int64(3_600_001), -604_800_001])
    func aTimeThatCannotBeIsReplacedByTheRecords(_ distance: Int64) throws {
        let given = Self.time + distance
        let value = Array(#"{"id":"\#(Self.id)","tags":["a"],"requestedAt":"\#(given)"}"#.utf8)
        let decoder = RecordContentDecoder()
        let invalidation = try value.withUnsafeBytes {
            try decoder.decode($0, headers: [], time: Self.time, arrival: Self.time)
        }
        #expect(invalidation.requestedAt == Self.time && invalidation.implausibleTime == given)
        #expect(StatusRecord(invalidation, publishedAt: Self.time).publication?.implausibleTime == given)
        // Over HTTP somebody reads it.
        #expect(throws: InvalidationError.self) {
            try InvalidationDecoder().decode(body: value, newID: Self.id, time: Self.time)
        }
    }
}
