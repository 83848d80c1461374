import Foundation
import TestSupport
import Testing

/// Batches: a result for each operation, in their order.
struct BatchTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    private func batch(_ body: String) throws -> RawAnswer { try fixture.send("POST", "/cache/batch", body) }

    @Test func everyOperationHasItsResult() throws {
        let answer = try batch(
            """
            [{"op":"set","key":"a","value":123456789012345678901234567890 ,"tags":["t"],"ttl":60},
             {"op":"get","key":"a"},
             {"op":"get","key":"b"},
             {"op":"get","key":"a","namespace":"other"},
             {"op":"set","key":"a","value":2,"ifNoneMatch":"*"},
             {"op":"set","key":"a"},
             {"op":"fly","key":"a"}, 7, {"op":"get"},
             {"op":"invalidate","tags":["t"]},
             {"op":"get","key":"a"},
             {"op":"delete","key":"a"}]
            """)
        #expect(answer.status == 200)
        let results = answer.list("results")
        #expect(
            results.map { $0["status"] as? Int } == [200, 200, 404, 404, 412, 400, 400, 400, 400, 200, 404, 200])
        #expect(answer.text.contains("\"value\":123456789012345678901234567890,\"etag\":"))
        #expect(results[1]["tags"] as? [String] == ["t"])
        #expect(results[2]["error"] as? String == "Not found")
        #expect(results[8]["error"] as? String == "Missing key parameter")
        #expect(results[9]["invalidated"] as? Int == 1)
    }

    /// What cannot be read must not count as not given: a write without its condition overwrites.
    @Test(arguments: ["5", "true", "[]", "{}"])
    func aMemberOfAnotherTypeIsRefused(_ value: String) throws {
        #expect(try fixture.post("a", "{\"value\":1}").status == 200)
        let answer = try batch(
            """
            [{"op":"set","key":"a","value":2,"ifMatch":\(value)},
             {"op":"set","key":"a","value":2,"ifNoneMatch":\(value)},
             {"op":"delete","key":"a","ifMatch":\(value)}, {"op":"delete","key":"a","ifNoneMatch":\(value)},
             {"op":"delete","key":"a","namespace":\(value)}, {"op":"get","key":\(value)},
             {"op":"get","key":"a"}, {"op":"set","key":"a","value":3,"ifMatch":null,"ifNoneMatch":null}]
            """)
        let results = answer.list("results")
        #expect(results.map { $0["status"] as? Int } == [400, 400, 400, 400, 400, 400, 200, 200])
        let names = ["ifMatch", "ifNoneMatch", "ifMatch", "ifNoneMatch", "namespace", "key"]
        for (name, result) in zip(names, results) {
            let words = result["error"] as? String ?? ""
            #expect(words.hasPrefix("\(name) must be a string, not "), "\(words)")
        }
        #expect(answer.text.contains("\"value\":1,\"etag\":"), "nothing was overwritten")
    }

    @Test func boundsAreKept() throws {
        let operation = "{\"op\":\"get\",\"key\":\"a\"}"
        let full = try batch("[\(Array(repeating: operation, count: 100).joined(separator: ","))]")
        #expect(full.list("results").count == 100)
        #expect(try batch("[\(Array(repeating: operation, count: 101).joined(separator: ","))]").status == 413)
        #expect(try batch("{\"operations\":[]}").status == 400)
        #expect(try batch("[]").text == "{\"results\":[]}")
        #expect(try fixture.send("GET", "/cache/batch", "").status == 405)
    }

    @Test func anAnswerIsBounded() throws {
        let text = String(repeating: "x", count: 1_000_000)
        #expect(try fixture.post("large", "{\"value\":\"\(text)\"}").status == 200)
        let operation = "{\"op\":\"get\",\"key\":\"large\"}"
        let answer = try batch("[\(Array(repeating: operation, count: 20).joined(separator: ","))]")
        let statuses = answer.list("results").map { $0["status"] as? Int }
        #expect(statuses == Array(repeating: 200, count: 8) + Array(repeating: 413, count: 12))
    }
}
