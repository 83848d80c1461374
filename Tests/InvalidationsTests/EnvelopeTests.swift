import Foundation
import Invalidations
import TestSupport
import Testing

/// Requests within something else: a schema registry's frame, a CloudEvent.
struct EnvelopeTests {
    private static let id = "0190a1b2-0000-7000-8000-000000000001"
    private static let time = Timestamp("2026-11-22T10:00:00.000Z")!

    private static func decode(
        _ bytes: [UInt8], event: EventAttributes? = nil
    ) throws(InvalidationError) -> Invalidation {
        let decoder = InvalidationDecoder()
        return try bytes.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in
                try decoder.decode(record: bytes, time: time, arrival: time, event: event)
            }
        }.get()
    }

    private static func decode(_ text: String, event: EventAttributes? = nil) throws(InvalidationError) -> Invalidation
    {
        try decode(Array(text.utf8), event: event)
    }

    @Test func aSchemaRegistrysFrameIsTakenOff() throws {
        let text = "{\"id\":\"\(Self.id)\",\"tags\":[\"a\"]}"
        #expect(try Self.decode([0, 0, 0, 0, 42] + Array(text.utf8)).selectors.tags == ["a"])
        for bytes in [[0], [0, 0, 0, 0, 42], [0, 0, 0, 0, 42, 0], Array("\u{1}0000\(text)".utf8)] as [[UInt8]] {
            let error = #expect(throws: InvalidationError.self) { try Self.decode(bytes) }
            #expect(error?.reason == .malformed)
        }
    }

    private static func event(_ members: String, id: String = id) -> String {
        "{\"specversion\":\"1.0\",\"type\":\"stale\",\"source\":\"/catalog\",\"id\":\"\(id)\",\(members)}"
    }

    @Test func aStructuredEventIsRead() throws {
        let data = "{\"namespace\":\"shop\",\"tags\":[\"a\"],\"urls\":[\"https://ü.example/\"]}"
        let value = try Self.decode(Self.event("\"time\":\"2026-11-22T09:59:00Z\",\"data\":\(data)"))
        #expect(value.id.text == Self.id && value.namespace.name == "shop" && value.source == "/catalog")
        #expect(value.selectors == Selectors(tags: ["a"], urls: ["https://xn--tda.example/"]))
        #expect(value.requestedAt == Timestamp("2026-11-22T09:59:00Z"))
        let encoded = Data(data.utf8).base64EncodedString()
        let other = try Self.decode(Self.event("\"time\":\"2026-11-22T09:59:00Z\",\"data_base64\":\"\(encoded)\""))
        #expect(other == value)
    }

    @Test func whatTheRequestSaysItselfCounts() throws {
        let own = "0190a1b2-0000-7000-8000-0000000000aa"
        let data = "{\"id\":\"\(own)\",\"tags\":[\"a\"],\"source\":\"me\",\"requestedAt\":\"2026-11-22T09:00:00Z\"}"
        let value = try Self.decode(Self.event("\"time\":\"2026-11-22T09:59:00Z\",\"data\":\(data)", id: "A-17"))
        #expect(value.id.text == own && value.source == "me")
        #expect(value.requestedAt == Timestamp("2026-11-22T09:00:00Z"))
        // An event's time may be anything; it is no reason to refuse the purge.
        let old = try Self.decode(Self.event("\"time\":\"1970-01-01T00:00:00Z\",\"data\":{\"tags\":[\"a\"]}"))
        #expect(old.requestedAt == Self.time)
        // A source may be longer than ours.
        let long = String(repeating: "s", count: 200)
        #expect(
            try Self.decode(
                "{\"specversion\":\"1.0\",\"source\":\"\(long)\",\"id\":\"\(Self.id)\",\"data\":{\"tags\":[\"a\"]}}"
            ).source == nil)
    }

    @Test func aBinaryEventsAttributesCountWhereTheRequestIsSilent() throws {
        let event = EventAttributes(id: Self.id, time: "2026-11-22T09:59:00Z", source: "/catalog")
        let value = try Self.decode("{\"tags\":[\"a\"]}", event: event)
        #expect(value.id.text == Self.id && value.source == "/catalog")
        #expect(value.requestedAt == Timestamp("2026-11-22T09:59:00Z"))
    }

    @Test(arguments: [
        ("{\"specversion\":\"0.3\",\"id\":\"x\",\"data\":{\"tags\":[\"a\"]}}", "specversion must be \"1.0\"", false),
        (event("\"data\":\"tags\""), "data must be an object", false),
        (event("\"data\":[]"), "data must be an object", false),
        (event("\"data_base64\":\"!\""), "data_base64 must be", false),
        (event("\"data_base64\":\"\""), "not valid JSON", false),
        (event("\"data\":null"), "data must be an object", false),
        (event("\"data\":{}"), "Missing tags or urls", true), (event("\"data\":{\"tags\":[\"a b\"]}"), "tags[0]", true),
        (event("\"data\":{\"tags\":[\"a\"]}", id: "A-17"), "id is missing", false),
        (
            event("\"data_base64\":\"\(Data(event("\"data_base64\":\"\"").utf8).base64EncodedString())\""),
            "not a CloudEvent within", false
        ),
    ])
    func anEventThatIsWrongSaysWhy(_ text: String, _ words: String, _ isKnown: Bool) {
        let error = #expect(throws: InvalidationError.self) { try Self.decode(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect((error?.identity?.id.text == Self.id) == isKnown, "\(text)")
    }

    /// Members that only look like an event's stay what they are: unknown.
    @Test func aRequestMayHaveASpecversionOfItsOwn() throws {
        #expect(
            try Self.decode("{\"id\":\"\(Self.id)\",\"tags\":[\"a\"],\"specversion\":\"7\"}").selectors.tags == ["a"])
    }

    @Test func damagedEventsNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let encoded = Data("{\"tags\":[\"a\"]}".utf8).base64EncodedString()
        for text in [Self.event("\"data\":{\"tags\":[\"a\"]}"), Self.event("\"data_base64\":\"\(encoded)\"")] {
            for _ in 0..<3_000 {
                var bytes = [UInt8](repeating: 0, count: Bool.random(using: &random) ? 5 : 0) + Array(text.utf8)
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                do { _ = try Self.decode(bytes) } catch { #expect(!error.message.isEmpty) }
            }
        }
    }

    // MARK: Times

    @Test(arguments: [
        ("9999-12-31T23:59:59Z", false), ("1970-01-01T00:00:00Z", false), ("0001-01-01T00:00:00Z", false),
        ("2026-11-22T11:00:01Z", false), ("2026-11-22T11:00:00Z", true), ("2026-11-15T10:00:00Z", true),
        ("2026-11-15T09:59:59Z", false), ("2026-11-22T10:00:00Z", true),
    ])
    func aTimeFarFromTheRecordsOwnIsRefusedOverHTTP(_ time: String, _ isPlausible: Bool) throws {
        let text = "{\"id\":\"\(Self.id)\",\"namespace\":\"shop\",\"tags\":[\"a\"],\"requestedAt\":\"\(time)\"}"
        // Nobody reads a refusal on Kafka: there the record's own time counts.
        let value = try Self.decode(text)
        #expect((value.requestedAt == Timestamp(time)) == isPlausible)
        #expect(value.implausibleTime == (isPlausible ? nil : Timestamp(time)))
        let result = Result { () throws(InvalidationError) in
            try InvalidationDecoder().decode(body: Array(text.utf8), newID: RequestID(at: Self.time), time: Self.time)
        }
        guard case .failure(let error) = result, error.reason == .invalidField("requestedAt") else {
            // The id has a time of its own, which over HTTP must be near.
            #expect(isPlausible)
            return
        }
        #expect(!isPlausible && error.message.contains("check the publisher's clock"))
        #expect(error.identity?.namespace.name == "shop")
    }
}
