import Foundation
import Invalidations
import JSON
import TestSupport
import Testing

/// Values: ids, timestamps, namespaces and selectors.
struct RequestIDTests {
    @Test func textAndBytesRoundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            let id = RequestID(at: .now(), using: &random)
            #expect(RequestID(id.text) == id)
            #expect(RequestID(id.text.uppercased()) == id)
            #expect(RequestID(bytes: id.bytes) == id)
            #expect(UUID(uuidString: id.text)?.uuidString.lowercased() == id.text)
        }
    }

    @Test func versionSevenCarriesItsTime() {
        let time = Timestamp(milliseconds: 1_764_000_000_123)
        let id = RequestID(at: time)
        #expect(id.time == time)
        #expect(id.text.dropFirst(14).first == "7")
        #expect("89ab".contains(id.text.dropFirst(19).first!))
        #expect(RequestID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")?.time == nil)
        #expect(RequestID(at: Timestamp(milliseconds: 1)) < RequestID(at: Timestamp(milliseconds: 2)))
    }

    @Test(arguments: [
        "", "x", "0190a1b2", "0190a1b2-0000-7000-8000-00000000000", "0190a1b2-0000-7000-8000-0000000000000",
        "0190a1b2-0000-7000-8000-00000000000g", "0190a1b200000-7000-8000-000000000000",
        "é190a1b2-0000-7000-8000-00000000000",
    ])
    func otherTextIsNoID(_ text: String) {
        #expect(RequestID(text) == nil)
    }
}

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2026-11-22T10:00:00.000Z", 1_795_341_600_000),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999), ("1969-12-31T23:59:59.999Z", -1),
            ("0001-01-01T00:00:00.000Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            ("2000-03-01T00:00:00.000Z", 951_868_800_000),
        ] as [(String, Int64)])
    func textAndMillisecondsAgree(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }

    @Test(arguments: [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z"), ("2026-11-22t10:00:00.1z", "2026-11-22T10:00:00.100Z"),
        ("2026-11-22 10:00:00.123456789Z", "2026-11-22T10:00:00.123Z"),
        ("2026-11-22T10:00:00+02:30", "2026-11-22T07:30:00.000Z"),
        ("2026-11-22T10:00:00-01:00", "2026-11-22T11:00:00.000Z"),
    ])
    func otherFormsOfRFC3339AreRead(_ text: String, _ normal: String) {
        #expect(Timestamp(text)?.text == normal)
    }

    @Test(arguments: [
        "", "now", "2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00Zx", "2026-11-22T10:00:00+2:00",
        "0000-01-01T00:00:00Z",
    ])
    func otherTextIsNoTime(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func randomTimesAgreeWithFoundation() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let milliseconds = Int64.random(in: -60_000_000_000_000...250_000_000_000_000, using: &random)
            let text = Timestamp(milliseconds: milliseconds).text
            #expect(Timestamp(text)?.milliseconds == milliseconds, "\(text)")
            let day = Date(timeIntervalSince1970: Double(milliseconds / 1000))
            var calendar = Calendar(identifier: .iso8601)
            calendar.timeZone = TimeZone(secondsFromGMT: 0)!
            if milliseconds > 0 {
                #expect(text.hasPrefix(day.formatted(Date.ISO8601FormatStyle().year().month().day())), "\(text)")
            }
        }
    }
}

struct InvalidationDecoderTests {
    static let full = """
        {"id":"0190a1b2-0000-7000-8000-000000000001","namespace":"shop","tags":["product-42"],
         "urls":["https://shop.example/p/42?x=1"],"prefixes":["https://shop.example/p/"],"everything":true,
         "mode":"soft","priority":"high","requestedAt":"2026-11-22T10:00:00.000Z",
         "notBefore":"2026-11-22T10:00:02.500Z","expiresAt":null,"source":"catalog-service","unknown":{"kept":[1,2]}}
        """

    static let time = Timestamp(milliseconds: 1_764_000_000_000)

    static func decode(_ text: String) throws(InvalidationError) -> Invalidation {
        try decode(Array(text.utf8))
    }

    static func decode(_ bytes: [UInt8]) throws(InvalidationError) -> Invalidation {
        let decoder = InvalidationDecoder()
        return try bytes.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in try decoder.decode(record: bytes, time: time) }
        }.get()
    }

    @Test func aFullRecordIsRead() throws {
        let value = try Self.decode(Self.full)
        #expect(value.id.text == "0190a1b2-0000-7000-8000-000000000001")
        #expect(value.namespace.name == "shop")
        #expect(value.selectors.tags == ["product-42"])
        #expect(value.selectors.urls == ["https://shop.example/p/42?x=1"])
        #expect(value.selectors.prefixes == ["https://shop.example/p/"])
        #expect(value.selectors.everything)
        #expect(value.mode == .soft && value.priority == .high)
        #expect(value.requestedAt == Timestamp("2026-11-22T10:00:00.000Z"))
        #expect(value.notBefore == value.requestedAt + 2_500 && value.effectiveAt == value.notBefore)
        #expect(value.expiresAt == nil && value.source == "catalog-service")
    }

    @Test func absentFieldsHaveTheirDefaults() throws {
        let value = try Self.decode(#"{"id":"0190a1b2-0000-7000-8000-000000000001","tags":["a"]}"#)
        #expect(value.namespace == .default && value.priority == .normal && value.mode == .hard)
        #expect(value.requestedAt == Self.time && value.notBefore == nil && value.effectiveAt == Self.time)
    }

    @Test func whatIsEncodedIsDecoded() throws {
        let value = try Self.decode(Self.full)
        var writer = JSONWriter()
        InvalidationEncoder.encode(value, into: &writer)
        #expect(try Self.decode(writer.bytes) == value)
    }

    @Test func aCancellationNeedsNoSelectors() throws {
        let cancelled = "0190a1b2-0000-7000-8000-0000000000aa"
        let value = try Self.decode(body("\"namespace\":\"shop\",\"tags\":[],\"cancels\":\"\(cancelled)\""))
        #expect(value.cancels?.text == cancelled && value.selectors.isEmpty && value.kinds == .all)
        var writer = JSONWriter()
        InvalidationEncoder.encode(value, into: &writer)
        #expect(try Self.decode(writer.bytes) == value)
        #expect(try Self.decode(Self.full).cancels == nil)
    }

    @Test(arguments: [
        ("", "not valid JSON"), ("[]", "must be a JSON object, not an array"), ("7", "must be a JSON object"),
        ("{\"tags\":[\"a\"]}", "id is missing"), (body("\"id\":\"x\""), "id must be a UUID"),
        (body("\"id\":7"), "id must be a UUID"),
        (body("\"tags\":\"a\""), "tags must be an array of strings, not \"a\""),
        (body("\"tags\":[\"a\",7]"), "tags[1] must be a string"), (body("\"tags\":[\"a b\"]"), "tags[0] must be"),
        (body("\"tags\":[\"a,b\"]"), "tags[0] must be"), (body("\"tags\":[\"\"]"), "tags[0] must be"),
        (body("\"tags\":[\"a\\r\\nX: y\"]"), "tags[0] must be"), (body("\"tags\":[]"), "Missing tags or urls"),
        (body("\"x\":1"), "Missing tags or urls"),
        (body("\"everything\":false"), "Missing tags or urls"),
        (body("\"everything\":1"), "everything must be true or false, not a number"),
        (body("\"urls\":[\"/p/1\"]"), "urls[0] must be an absolute"),
        (body("\"urls\":[\"ftp://a/b\"]"), "urls[0] must be an absolute"),
        (body("\"urls\":[\"http://\"]"), "urls[0] must be"), (body("\"urls\":[\"http:///x\"]"), "urls[0] must be"),
        (body("\"prefixes\":[\"http://a/?q\"]"), "prefixes[0] must be"),
        (body("\"namespace\":\"a b\""), "namespace must be"),
        (body("\"namespace\":\"\""), "namespace must be"),
        (body("\"mode\":\"medium\""), "mode must be one of \"soft\", \"hard\", not \"medium\""),
        (body("\"priority\":1"), "priority must be one of"),
        (body("\"requestedAt\":\"yesterday\""), "requestedAt must be an RFC 3339 time"),
        (body("\"notBefore\":\"in a minute\""), "notBefore must be an RFC 3339 time"),
        (body("\"expiresAt\":5"), "expiresAt must be an RFC 3339 time"),
        (body("\"source\":\"\\u0000\""), "source must be"),
        (body("\"cancels\":\"x\""), "cancels must be a UUID"), (body("\"cancels\":null"), "Missing tags or urls"),
        (
            body("\"tags\":[\"a\"],\"cancels\":\"0190a1b2-0000-7000-8000-0000000000aa\""),
            "cancels must stand without tags"
        ),
    ])
    func aBadRecordSaysWhatIsWrong(_ text: String, _ words: String) {
        let error = #expect(throws: InvalidationError.self) { try Self.decode(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect((error?.message.utf8.count ?? 0) < 400)
    }

    @Test(arguments: [
        (body("\"namespace\":\"shop\",\"tags\":[\"a b\"]"), "shop"),
        (body("\"tags\":7,\"namespace\":\"shop\""), "shop"), (body("\"tags\":[]"), "default"),
        (body("\"namespace\":null,\"mode\":\"medium\""), "default"), (body("\"namespace\":\"a b\""), nil),
        (body("\"id\":\"x\",\"namespace\":\"shop\""), nil), ("{\"tags\":[\"a\"]}", nil), ("[]", nil), ("{", nil),
    ])
    func aBadRecordTellsWhichRequestItWas(_ text: String, _ namespace: String?) {
        let error = #expect(throws: InvalidationError.self) { try Self.decode(text) }
        #expect(error?.identity?.namespace.name == namespace)
        #expect(error?.identity?.id.text == namespace.map { _ in "0190a1b2-0000-7000-8000-000000000001" })
    }

    @Test func limitsHoldOnEveryList() throws {
        func record(_ field: String, _ entries: [String]) -> String {
            body("\"\(field)\":[\(entries.map { "\"\($0)\"" }.joined(separator: ","))]")
        }
        let long = "https://a.example/" + String(repeating: "x", count: 8_192 - 18)
        _ = try Self.decode(record("tags", (0..<1_000).map { "t\($0)" }))
        _ = try Self.decode(record("tags", [String(repeating: "t", count: 1_024)]))
        _ = try Self.decode(record("urls", [long]))
        #expect(throws: InvalidationError.self) { try Self.decode(record("tags", (0..<1_001).map { "t\($0)" })) }
        #expect(throws: InvalidationError.self) {
            try Self.decode(record("tags", [String(repeating: "t", count: 1_025)]))
        }
        #expect(throws: InvalidationError.self) { try Self.decode(record("urls", [long + "x"])) }
        #expect(throws: InvalidationError.self) {
            try Self.decode(record("prefixes", Array(repeating: "http://a/", count: 101)))
        }
        let huge = body("\"tags\":[\"a\"],\"x\":\"\(String(repeating: "x", count: 2 << 20))\"")
        #expect(throws: InvalidationError.self) { try Self.decode(huge) }
    }

    @Test func damagedRecordsNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let original = Array(Self.full.utf8)
        for _ in 0..<5_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            do {
                _ = try Self.decode(bytes)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}

private func body(_ fields: String) -> String {
    fields.hasPrefix("\"id\"") ? "{\(fields)}" : "{\"id\":\"0190a1b2-0000-7000-8000-000000000001\",\(fields)}"
}
