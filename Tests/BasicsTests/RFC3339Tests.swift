import Basics
import TestSupport
import Testing

/// Texts of times; `TimestampTests` holds the forms that messages may have.
struct RFC3339Tests {
    private static func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { RFC3339.milliseconds($0) }
    }

    @Test func aTextSaysItsTime() {
        var random = SeededGenerator.printed("RFC 3339")
        for _ in 0..<2_000 {
            let time = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
            let text = RFC3339.text(milliseconds: time)
            #expect(text.utf8.count == 24 && Self.milliseconds(text) == time, "\(text), seed \(random.seed)")
        }
    }

    @Test(
        arguments: [
            (Int64.min, "0001-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func aTimeOutsideOfFourDigitsIsTheNearest(_ time: Int64, _ text: String) {
        #expect(RFC3339.text(milliseconds: time) == text)
    }

    /// Any bytes, also with the characters of times, are read or refused.
    @Test func garbageIsNoTime() {
        var random = SeededGenerator.printed("RFC 3339 garbage")
        let characters = Array("0123456789-:.TZ+".utf8)
        for _ in 0..<2_000 {
            var text = Array("2026-11-22T10:00:00.000Z".utf8)
            for _ in 0..<3 {
                text[.random(in: text.indices, using: &random)] = characters.randomElement(using: &random) ?? 0
            }
            text.removeLast(.random(in: 0..<text.count, using: &random))
            let time = text.withUnsafeBufferPointer { RFC3339.milliseconds($0) }
            let isRead = time.map { Self.milliseconds(RFC3339.text(milliseconds: $0)) == $0 } ?? true
            #expect(isRead, "\(String(decoding: text, as: UTF8.self)), seed \(random.seed)")
        }
    }
}
