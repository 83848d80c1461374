import CacheWrites
import Caches
import Invalidations
import Kafka
import TestSupport
import Testing

/// Tests of what a record says of a write.
struct WriteRecordTests {
    @Test func aWriteIsReadAsItWasWritten() throws {
        var random = SeededGenerator.printed("records of writes")
        for _ in 0..<2_000 {
            let record = try Self.random(&random)
            let read = try WriteRecord(key: record.recordKey, value: record.recordValue, headers: record.headers)
            try #require(read == record, "seed \(random.seed)")
            if case .set(let value, _, _) = record.change { try #require(record.recordValue == value.bytes) }
        }
    }

    /// Records come from anybody: damaged ones are read as something else or refused, and never more.
    @Test func damagedRecordsAreRefusedOrReadAsWrites() throws {
        var random = SeededGenerator.printed("damaged records of writes")
        var refused = 0
        for _ in 0..<5_000 {
            let record = try Self.random(&random)
            var (key, headers) = (record.recordKey, record.headers)
            switch Int.random(in: 0...4, using: &random) {
            case 0: key = Self.damaged(key, &random)
            case 1: headers.remove(at: Int.random(in: headers.indices, using: &random))
            case 2: headers[Int.random(in: headers.indices, using: &random)].value = nil
            case 3: headers.shuffle(using: &random)
            default:
                let index = Int.random(in: headers.indices, using: &random)
                headers[index].value = Self.damaged(headers[index].value ?? [], &random)
            }
            do {
                let read = try WriteRecord(key: key, value: record.recordValue, headers: headers)
                let once = try WriteRecord(key: read.recordKey, value: read.recordValue, headers: read.headers)
                try #require(once == read, "seed \(random.seed)")
            } catch {
                refused += 1
            }
        }
        #expect((500...4_500).contains(refused), "\(refused) of 5,000, seed \(random.seed)")
    }

    @Test(arguments: [
        ("cs-fresh", "-1"), ("cs-fresh", ""), ("cs-fresh", "9223372036854775808"), ("cs-fresh", " 1"),
        ("cs-stale-if-error", "1e9"), ("cs-tags", "a,,b"), ("cs-tags", ""), ("cs-tags", "a b"),
        ("cs-if-version", "1"), ("cs-if-version", "1:-2"), ("cs-if-version", "4294967296:1"),
        ("cs-if-version", "1:2:3"), ("cs-write-fingerprint", "1:2"),
        ("cs-write-fingerprint", String(repeating: "g", count: 32) + ":" + String(repeating: "0", count: 32)),
        ("cs-idempotency-key", ""), ("cs-idempotency-key", "ä"),
        ("cs-written-at", "yesterday"),
    ])
    func aHeaderThatIsNotWhatItMustBeIsRefused(name: String, value: String) throws {
        let good = [KafkaHeader("cs-fresh", "5"), KafkaHeader("cs-written-at", "2026-11-22T10:00:00.000Z")]
        _ = try WriteRecord(key: Self.key, value: [1], headers: good)
        #expect(throws: WriteRecordError.self) {
            try WriteRecord(key: Self.key, value: [1], headers: good + [KafkaHeader(name, value)])
        }
    }

    @Test func aKeyIsANamespaceAndAnEntrysKey() throws {
        let headers = [KafkaHeader("cs-written-at", "2026-11-22T10:00:00.000Z")]
        func refusal(_ key: [UInt8]?) -> WriteRecordError? {
            do throws(WriteRecordError) {
                _ = try WriteRecord(key: key, value: nil, headers: headers)
                return nil
            } catch { return error }
        }
        #expect(refusal(Array("shop\0a\0b".utf8)) == nil)
        #expect(refusal(nil) == .keyIsMissing && refusal(Array("shop".utf8)) == .keyIsMissing)
        #expect(refusal(Array("sh op\0a".utf8)) == .namespaceIsNotAllowed)
        #expect(refusal([0xFF, 0, 1]) == .namespaceIsNotAllowed)
        #expect(refusal(Array("shop\0".utf8)) == .keyIsNotAllowed(.keyIsMissing))
        #expect(refusal(Array("shop\0".utf8) + Array(repeating: 1, count: 1_025)) == .keyIsNotAllowed(.keyIsTooLong))
    }

    @Test func whatARecordCannotSayIsRefusedBeforeItIsWritten() throws {
        let details = WriteDetails(writtenAt: Timestamp(milliseconds: 1_000))
        func refusal(_ tags: [String], _ details: WriteDetails) throws -> WriteRecordError? {
            let change = PendingWrite.Change.set(
                try CacheValue([1]), tags: tags, lifetime: Lifetime(fresh: .seconds(1)))
            do throws(WriteRecordError) {
                _ = try WriteRecord(namespace: .default, key: try Self.entryKey(), change: change, details: details)
                return nil
            } catch { return error }
        }
        let long = String(repeating: "t", count: 1_000)
        #expect(try refusal(Array(repeating: long, count: 59), details) == nil)
        #expect(try refusal(Array(repeating: long, count: 60), details) == .tagsAreTooLong)
        #expect(try refusal(["a,b"], details) == .tagsAreNotAllowed)
        let late = WriteDetails(writtenAt: Timestamp(milliseconds: .max))
        #expect(try refusal([], late) == .headerIsWrong("cs-written-at"))
        let key = WriteDetails(writtenAt: details.writtenAt, idempotencyKey: String(repeating: "k", count: 256))
        #expect(try refusal([], key) == .idempotencyKeyIsNotAllowed)
    }

    private static let key = Array("shop\0a".utf8)

    private static func entryKey() throws(WriteRecordError) -> CacheKey {
        do throws(CacheInputError) { return try CacheKey("a") } catch { throw .keyIsNotAllowed(error) }
    }

    private static func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0...2, using: &random) {
            switch Int.random(in: 0...2, using: &random) {
            case 0 where !bytes.isEmpty: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
            case 1 where !bytes.isEmpty:
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            default:
                bytes.insert(.random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        return bytes
    }

    private static func random(_ random: inout SeededGenerator) throws -> WriteRecord {
        let bytes = { (count: ClosedRange<Int>, random: inout SeededGenerator) in
            (0..<Int.random(in: count, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let duration = { (random: inout SeededGenerator) in
            Duration.nanoseconds(Int64.random(in: 0...31_536_000_000_000_000, using: &random))
        }
        var change = PendingWrite.Change.delete
        if Int.random(in: 0...3, using: &random) > 0 {
            let lifetime = Lifetime(
                fresh: duration(&random), staleWhileRevalidate: Bool.random(using: &random) ? .zero : duration(&random),
                staleIfError: duration(&random))
            let tags = (0..<Int.random(in: 0...5, using: &random)).map { "tag-\($0)" }
            change = .set(try CacheValue(bytes(0...50, &random)), tags: tags, lifetime: lifetime)
        }
        let conditions: [VersionCondition?] = [
            nil, .absent,
            .version(
                LogVersion(
                    generation: .random(in: 0...UInt32.max, using: &random),
                    offset: .random(in: 0...Int64.max, using: &random))),
        ]
        let details = WriteDetails(
            writtenAt: Timestamp(milliseconds: .random(in: 0...253_402_300_799_999, using: &random)),
            condition: conditions.randomElement(using: &random) ?? nil,
            idempotencyKey: Bool.random(using: &random) ? "key-\(random.next())" : nil,
            fingerprint: Bool.random(using: &random)
                ? WriteFingerprint(
                    name: .random(in: 0...UInt128.max, using: &random),
                    content: .random(in: 0...UInt128.max, using: &random)) : nil)
        return try WriteRecord(
            namespace: #require(Namespace("shop-\(Int.random(in: 0...9, using: &random))")),
            key: CacheKey(bytes(1...40, &random)), change: change, details: details)
    }
}
