import Foundation
import JSON
import TestSupport
import Testing

/// Tests of JSON parser and writer.
struct JSONParserTests {
    @Test func valuesOfEveryKindAreRead() throws {
        let text =
            #"{"s":"a\u00e9\n","i":-7,"u":18446744073709551615,"d":1.5,"t":true,"n":null,"a":[1,[2],{"x":3}],"e":{}}"#
        try JSONParser(bytesMax: 1024).parse(Array(text.utf8)) { root in
            #expect(root["s"]?.string == "aé\n")
            #expect(root["i"]?.int64 == -7)
            #expect(root["u"]?.int64 == nil)
            #expect(root["u"]?.double == 0x1p64)
            #expect(root["d"]?.double == 1.5)
            #expect(root["t"]?.bool == true)
            #expect(root["n"]?.isNull == true)
            #expect(root["a"]?.count == 3)
            #expect(root["e"]?.count == 0)
            #expect(root["absent"] == nil)
            var kinds: [JSONValue.Kind] = []
            root["a"]?.forEachElement { kinds.append($0.kind) }
            #expect(kinds == [.integer, .array, .object])
            var names: [String] = []
            root.forEachMember { key, _ in names.append(key.string) }
            #expect(names == ["s", "i", "u", "d", "t", "n", "a", "e"])
        }
    }

    @Test func theLastOfRepeatedMembersCounts() throws {
        let seen = try JSONParser(bytesMax: 64).parse(Array(#"{"a":1,"a":2}"#.utf8)) { $0["a"]?.int64 }
        #expect(seen == 2)
    }

    static let malformed: [[UInt8]] = [
        [], Array("{".utf8), Array("nonsense".utf8), Array(#"{"a":}"#.utf8), Array(#"{"a":1}}"#.utf8),
        Array("\"\u{1}\"".utf8), [0], [0xFF, 0xFE], Array("{\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8),
        Array(repeating: UInt8(ascii: "["), count: 200) + Array(repeating: UInt8(ascii: "]"), count: 200),
        Array(repeating: UInt8(ascii: " "), count: 5000),
    ]

    @Test(arguments: malformed) func malformedDocumentsAreRefused(_ bytes: [UInt8]) throws {
        let parser = JSONParser(bytesMax: 4096, depthMax: 16)
        #expect(throws: JSONError.self) { try parser.parse(bytes) { _ in } }
        // The parser is as good as new afterwards.
        #expect(try parser.parse(Array("[1]".utf8)) { $0.count } == 1)
    }

    @Test(arguments: [
        ("9223372036854775808", 9.223372036854775808e18), ("18446744073709551616", 1.8446744073709552e19),
        ("-9223372036854775809", -9.223372036854775809e18), ("123456789012345678901234567890", 1.2345678901234568e29),
        (String(repeating: "9", count: 400), 1e308), ("1e400", 1e308), ("-1.5E+999", -1e308), ("0.1e310", 1e308),
    ])
    func numbersBeyondTheirKindStandInNobodysWay(_ number: String, _ value: Double) throws {
        let text = #"{"a":["\"12345678901234567890123",1,\#(number) ],"b":18446744073709551615,"c":\#(number)}"#
        try JSONParser(bytesMax: 2048).parse(Array(text.utf8)) { root in
            #expect(root["c"]?.int64 == nil)
            #expect(abs((root["c"]?.double ?? 0) / value - 1) < 1e-9)
            #expect(root["b"]?.uint64 == .max && root["a"]?.count == 3)
            var first: String?
            root["a"]?.forEachElement { first = first ?? $0.string }
            #expect(first == "\"12345678901234567890123")
        }
    }

    @Test(arguments: ["01e999", "1.e999", "1e", "1e+", "-", "+1e999", "00000000000000000000001", "1e999x", "1e9999.5"])
    func whatIsNoNumberStaysRefused(_ number: String) throws {
        #expect(throws: JSONError.self) {
            try JSONParser(bytesMax: 2048).parse(Array("[1e999,\(number)]".utf8)) { _ in }
        }
    }

    @Test func randomBytesNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let parser = JSONParser(bytesMax: 512)
        let alphabet = Array(#"{}[]",:0123456789.eE+-truefalsn\u "#.utf8) + [0, 0xC3, 0xFF]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random)!
            }
            let ours = (try? parser.parse(bytes) { _ in true }) ?? false
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            // Foundation takes a little more than the grammar allows, never less; but for exponents, which may be too
            // large for it.
            let hasExponent = zip(bytes, bytes.dropFirst()).contains { (48...57).contains($0) && $1 | 0x20 == 0x65 }
            if ours, !hasExponent { #expect(theirs, "\(bytes)") }
        }
    }
}

struct JSONWriterTests {
    @Test func documentsAreWrittenWithTheirCommas() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.key("b")
        writer.beginArray()
        writer.integer(.min)
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.endArray()
        writer.member("c", true)
        writer.key("d\"")
        writer.double(0.5)
        writer.endObject()
        let expected = #"{"a":1,"b":[-9223372036854775808,{},null],"c":true,"d\"":0.5}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
        writer.reset()
        writer.beginArray()
        writer.endArray()
        #expect(writer.bytes == Array("[]".utf8))
    }

    @Test func stringsSurviveTheRoundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let parser = JSONParser(bytesMax: 4096)
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &random))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            var writer = JSONWriter()
            writer.string(text)
            #expect(try parser.parse(writer.bytes) { $0.string } == text)
        }
    }
}
