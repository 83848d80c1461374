import JSON
import TestSupport
import Testing

/// Ranges of values in the bytes of a document.
struct JSONRangeTests {
    private func member(_ index: Int, _ text: String) -> String? {
        let bytes = Array(text.utf8)
        return JSONRange.member(index, of: bytes[...]).map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test func membersAreFoundByTheirIndex() {
        let text = " { \"a\\\"}\" : [1,\"]\\\\\", {}] , \"b\":-1.5e3,\"c\":\t\"x\\\"y\" ,\"d\":{\"e\":{\"f\":null}}}\n"
        #expect(member(0, text) == "[1,\"]\\\\\", {}]")
        #expect(member(1, text) == "-1.5e3")
        #expect(member(2, text) == "\"x\\\"y\"")
        #expect(member(3, text) == "{\"e\":{\"f\":null}}")
        #expect(member(4, text) == nil)
        #expect(member(0, "{}") == nil)
        #expect(member(0, "[1]") == nil)
        #expect(member(0, "") == nil)
    }

    @Test func elementsAreFoundInTheirOrder() {
        let bytes = Array(" [1, \"a,]\" ,[ 2,3 ],{\"b\":[]} ] ".utf8)
        let texts = JSONRange.elements(of: bytes[...], max: 10).map { String(decoding: bytes[$0], as: UTF8.self) }
        #expect(texts == ["1", "\"a,]\"", "[ 2,3 ]", "{\"b\":[]}"])
        #expect(JSONRange.elements(of: bytes[...], max: 2).count == 2)
        #expect(JSONRange.elements(of: Array("[ ]".utf8)[...], max: 2).isEmpty)
        #expect(JSONRange.elements(of: Array("{}".utf8)[...], max: 2).isEmpty)
    }

    /// Whatever the parser takes, each range holds what the parser has read there.
    @Test func rangesAgreeWithTheParser() throws {
        var random = SeededGenerator.printed("ranges of JSON")
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\\"\"", "\"}]\"", "1", "-2.5", "null", "true", " ", "\n",
        ]
        let parser = JSONParser(bytesMax: 4_096)
        var parsed = 0
        for _ in 0..<200_000 {
            let inner = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            let bytes = Array("[\(inner.joined())]".utf8)
            let document = try? parser.parse(bytes) { root in
                var kinds: [JSONValue.Kind] = []
                root.forEachElement { kinds.append($0.kind) }
                return kinds
            }
            guard let kinds = document else { continue }
            parsed += 1
            let ranges = JSONRange.elements(of: bytes[...], max: 100)
            let read = try ranges.map { range in try parser.parse(Array(bytes[range])) { $0.kind } }
            #expect(read == kinds, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(parsed > 1_000)
    }

    /// Any bytes may come, also those that no parser has taken.
    @Test func brokenDocumentsEndTheSearch() {
        for text in ["{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"\\", "{\"a\":[[", "{,", "{1", "{\"a\":1 \"b\":2}"] {
            for index in 0..<3 { _ = member(index, text) }
            _ = JSONRange.elements(of: Array("[\(text)".utf8)[...], max: 3)
        }
        #expect(member(1, "{\"a\":1 \"b\":2}") == nil)
    }
}
