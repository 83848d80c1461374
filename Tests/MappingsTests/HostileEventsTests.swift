import Invalidations
import Mappings
import TestSupport
import Testing

/// Events that should do harm, and do none.
@Suite struct HostileEventsTests {
    static let keys = #"topic: a, format: json, namespace: "{ns}", tags: ["t-{id}"], urls: ["https://h.example/{u}"]"#

    @Test(arguments: [
        // What breaks out of a tag, or of a namespace.
        (#"{"ns":"n","id":"1 other"}"#, "refused: tags[0] must be"), (#"{"ns":"n","id":"1,other"}"#, "refused: tags"),
        (#"{"ns":"n","id":"1\nX: y"}"#, "refused: tags"), (#"{"ns":"n","id":"ü"}"#, "refused: tags"),
        (#"{"ns":"a b","id":1}"#, "refused: namespace must be"), (#"{"ns":"","id":1}"#, "refused: namespace"),
        (#"{"ns":["a","b"],"id":1}"#, "refused: {ns} gives 2 namespaces"),
        (#"{"id":1}"#, "refused: {ns} gives no namespace"),
        // What breaks out of a part of a URL stays in it.
        (#"{"ns":"n","u":"../x?y#z"}"#, "n: https://h.example/..%2Fx%3Fy%23z"),
        (#"{"ns":"n","u":"%2e*"}"#, "n: https://h.example/%252e%2A"),
        (#"{"ns":"n","u":"\u0000"}"#, "n: https://h.example/%00"),
        // What is no text.
        (#"{"ns":"n","id":1.5}"#, "refused: id holds a number that is no whole one"),
        (#"{"ns":"n","id":{"a":1}}"#, "refused: id holds an object"),
        (#"{"ns":"n","id":true}"#, "n: t-true"), (#"{"ns":"n","id":[[1,[2]],null,1]}"#, "n: t-1 t-2"),
        (#"{"ns":"n"}"#, "refused: it selects nothing"), (#"{"ns":"n","id":null}"#, "refused: it selects nothing"),
        // What is no event.
        ("", "refused: the value is not valid JSON"), ("[1]", "refused: the value must be a JSON object"),
        ("\0\0\0\0\u{1}", "refused: the value is not valid JSON"), ("{\"ns\":", "refused: the value is not valid JSON"),
    ])
    func isRefusedOrHarmless(_ value: String, _ result: String) throws {
        let got = mapped(value, by: try mapping(Self.keys))
        #expect(got.hasPrefix(result), "\(got)")
    }

    @Test func depthSizeAndNumberAreBounded() throws {
        let mapping = try mapping(Self.keys)
        let deep = String(repeating: "[", count: 100_000)
        #expect(mapped(deep, by: mapping).hasPrefix("refused: the value is not valid JSON"))
        let huge = "{\"id\":\"\(String(repeating: "x", count: 2 << 20))\"}"
        #expect(mapped(huge, by: mapping).hasPrefix("refused: the value is not valid JSON"))
        let long = "{\"ns\":\"n\",\"id\":\"\(String(repeating: "x", count: 10_000))\"}"
        #expect(mapped(long, by: mapping) == "refused: id holds a text of more than 8192 bytes")
        let many = "{\"ns\":\"n\",\"id\":[\((0...1_000).map(String.init).joined(separator: ","))]}"
        #expect(mapped(many, by: mapping) == "refused: id holds more than 1000 values")
    }

    @Test func listsThatMultiplyAreBounded() throws {
        let mapping = try mapping(#"topic: a, format: json, tags: ["{a}{a}"], urls: ["https://h.example/{b}/{c}"]"#)
        let list = (0..<100).map(String.init).joined(separator: ",")
        #expect(
            mapped("{\"a\":[\(list)]}", by: mapping) == "refused: a and what stands before it give more than 1000 texts"
        )
        let long = (0..<100).map { "\"\($0)\(String(repeating: "x", count: 4_000))\"" }.joined(separator: ",")
        #expect(
            mapped("{\"b\":[\(long)],\"c\":[0,1,2,3,4,5,6,7,8,9]}", by: mapping)
                == "refused: c gives more than 1048576 bytes")
    }

    /// Damaged copies of the real-shaped events, by every format.
    @Test(arguments: ["resource-change", "cloud-events", "debezium", "json"])
    func damagedEventsTrapNothing(_ format: String) throws {
        let mapping = try mapping(
            """
            topic: a, format: \(format), tags: ["{row.id}", "{data.sku}", "{tags}", "{source}"], \
            urls: ["{meta.uri}", "https://x.example/{after.slug}"]
            """)
        var random = SeededGenerator.printed("damaged events, \(format)")
        let seed = random.seed
        let originals = MappedEventsTests.examples.compactMap { $0.value.map { Array($0.utf8) } }
        var requests = 0
        for _ in 0..<2_000 {
            var value = originals.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...3, using: &random) where !value.isEmpty {
                let index = value.indices.randomElement(using: &random) ?? 0
                switch Int.random(in: 0...2, using: &random) {
                case 0: value[index] = UInt8.random(in: 0...255, using: &random)
                case 1: value.remove(at: index)
                default: value.insert(contentsOf: value[index...].prefix(20), at: index)
                }
            }
            let headers = Bool.random(using: &random) ? [("ce_specversion", "1.0"), ("ce_row.id", "x")] : []
            let result = mapped(value, headers: headers, by: mapping)
            #expect(!result.isEmpty, "seed \(seed)")
            if !result.hasPrefix("refused") { requests += 1 }
        }
        // So that the loop looks at more than refusals.
        #expect(requests > 0, "seed \(seed)")
    }
}
