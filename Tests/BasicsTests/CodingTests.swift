import Basics
import Foundation
import TestSupport
import Testing

/// Varints and base64: what is written is read, and nothing else.
struct CodingTests {
    @Test func numbersComeBackInTheirOrder() {
        var random = SeededGenerator.printed("varint")
        for _ in 0..<500 {
            let numbers = (0..<5).map { _ in
                UInt64.random(in: 0...UInt64(Int64.max), using: &random) >> UInt64.random(in: 0..<63, using: &random)
            }
            var bytes: [UInt8] = []
            for number in numbers { Varint.append(number, to: &bytes) }
            var remaining = bytes[...]
            var read: [UInt64] = []
            while let (value, behind) = Varint.read(remaining) {
                read.append(value)
                remaining = behind
            }
            #expect(read == numbers && remaining.isEmpty, "seed \(random.seed)")
        }
    }

    @Test(arguments: [[], [0x80], Array(repeating: 0x80, count: 9) + [1]] as [[UInt8]])
    func anIncompleteOrTooLargeNumberIsNotRead(_ bytes: [UInt8]) {
        #expect(Varint.read(bytes[...]) == nil)
    }

    @Test(
        arguments: [
            ([], ""), ([0xFB, 0xFF], "-_8"), (Array("f".utf8), "Zg"), (Array("foobar".utf8), "Zm9vYmFy"),
        ] as [([UInt8], String)])
    func base64HasTheAlphabetOfURLs(_ bytes: [UInt8], _ text: String) {
        #expect(Base64URL.text(bytes) == text)
        #expect(Base64URL.bytes(text[...]) == bytes)
    }

    @Test func standardBase64IsThatOfFoundation() {
        var random = SeededGenerator.printed("base64")
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let digits = Base64.digits(of: bytes, .standard, isPadded: true)
            #expect(String(decoding: digits, as: UTF8.self) == Data(bytes).base64EncodedString())
            let reading = Base64.read(digits, .standard)
            #expect(reading.bytes == bytes && reading.isWhole == (count % 3 == 0) && reading.isEven)
        }
    }

    /// Values of the authors' own test suite.
    @Test func fnvIsThatOfItsAuthors() {
        #expect(FNV1a.hash("") == 0x811c_9dc5 && FNV1a.hash("a") == 0xe40c_292c && FNV1a.hash("foobar") == 0xbf9c_f968)
    }

    @Test(arguments: ["Z", "Zh", "Zg==", "Z+", "Zm9v YmFy", "é"])
    func otherTextIsNoBase64(_ text: String) {
        #expect(Base64URL.bytes(text[...]) == nil)
    }
}
