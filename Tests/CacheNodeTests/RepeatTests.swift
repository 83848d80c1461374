import Foundation
import TestSupport
import Testing

/// Writes that are sent again with their Idempotency-Key.
struct RepeatTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    @Test func aWriteThatIsSentAgainChangesNothing() throws {
        let headers = ["Idempotency-Key: first"]
        let once = try fixture.post("k", #"{"value":1}"#, headers: headers)
        #expect(try fixture.post("k", #"{"value":2}"#).status == 200)
        let repeated = try fixture.post("k", #"{"value":1}"#, headers: headers)
        #expect(repeated.status == 200 && repeated.text == once.text && repeated.header("ETag") == once.header("ETag"))
        #expect(try fixture.get("k").text == "2")
        // Of another namespace it is another key.
        #expect(try fixture.post("k", #"{"value":1}"#, "&namespace=shop", headers: headers).status == 200)
        #expect(try fixture.get("k", "&namespace=shop").text == "1")
    }

    @Test func removalsAndInvalidationsAreKnownToo() throws {
        #expect(try fixture.post("k", #"{"value":1,"tags":["red"]}"#).status == 200)
        let invalidated = try fixture.put("-", #"{"tags":["red"]}"#, headers: ["Idempotency-Key: put"])
        #expect(invalidated.int("invalidated") == 1)
        #expect(try fixture.post("k", #"{"value":2,"tags":["red"]}"#).status == 200)
        #expect(try fixture.put("-", #"{"tags":["red"]}"#, headers: ["Idempotency-Key: put"]).int("invalidated") == 1)
        #expect(try fixture.get("k").text == "2")
        #expect(try fixture.delete("k", headers: ["Idempotency-Key: del"]).status == 200)
        #expect(try fixture.post("k", #"{"value":3}"#).status == 200)
        #expect(try fixture.delete("k", headers: ["Idempotency-Key: del"]).status == 200)
        #expect(try fixture.get("k").text == "3")
    }

    @Test func anotherWriteUnderTheKeyIsRefused() throws {
        let headers = ["Idempotency-Key: one"]
        #expect(try fixture.post("k", #"{"value":1}"#, headers: headers).status == 200)
        #expect(try fixture.post("k", #"{"value":2}"#, headers: headers).status == 422)
        #expect(try fixture.post("l", #"{"value":1}"#, headers: headers).status == 422)
        #expect(try fixture.delete("k", headers: headers).status == 422)
        #expect(try fixture.get("k").text == "1")
    }

    @Test func whatWasRefusedMayBeTriedAgain() throws {
        let headers = ["Idempotency-Key: twice", "If-Match: \"none\""]
        #expect(try fixture.post("k", #"{"value":1}"#, headers: headers).status == 412)
        #expect(try fixture.post("k", #"{"value":1}"#, headers: ["Idempotency-Key: twice"]).status == 200)
    }

    @Test(arguments: ["", "with blanks", "ü", String(repeating: "k", count: 256)])
    func keysThatCannotBeOnesAreRefused(_ key: String) throws {
        #expect(try fixture.post("k", #"{"value":1}"#, headers: ["Idempotency-Key: \(key)"]).status == 400)
        #expect(try fixture.get("k").status == 404)
    }
}
