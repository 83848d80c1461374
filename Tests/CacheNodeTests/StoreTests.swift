import Foundation
import TestSupport
import Testing

/// Storing: what is refused, how long entries live, and conditions.
struct StoreTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    @Test(arguments: [
        ("", 400, "The body is not JSON"), ("{", 400, "The body is not JSON"),
        ("[1]", 400, "The body must be an object with a value"), ("{}", 400, "Missing value"),
        ("{\"ttl\":1}", 400, "Missing value"),
        ("{\"value\":1,\"ttl\":-1}", 400, "ttl must be a number of seconds that is not negative"),
        ("{\"value\":1,\"ttl\":\"60\"}", 400, "ttl must be a number"),
        ("{\"value\":1,\"staleIfError\":[]}", 400, "staleIfError must be a number"),
        ("{\"value\":1,\"tags\":\"a\"}", 400, "tags must be a list of strings"),
        ("{\"value\":1,\"tags\":[1]}", 400, "tags must be a list of strings"),
        ("{\"value\":1,\"tags\":[\"a b\"]}", 400, "tags[0] must be"),
        ("{\"value\":1,\"tags\":[\"\"]}", 400, "tags[0] must be"),
    ])
    func whatCannotBeStoredIsRefused(_ body: String, _ status: Int, _ words: String) throws {
        let answer = try fixture.post("a", body)
        #expect(answer.status == status)
        #expect(answer.text.hasPrefix(words), "\(answer.text)")
        #expect(try fixture.get("a").status == 404)
    }

    @Test func boundsAreExact() throws {
        let tags = (0..<64).map { "\"t\($0)\"" }.joined(separator: ",")
        #expect(try fixture.post("a", "{\"value\":1,\"tags\":[\(tags)]}").status == 200)
        #expect(try fixture.post("a", "{\"value\":1,\"tags\":[\(tags),\"more\"]}").status == 400)
        let text = String(repeating: "x", count: (1 << 20) - 2)
        #expect(try fixture.post("large", "{\"value\":\"\(text)\"}").status == 200)
        #expect(try fixture.get("large").body.count == 1 << 20)
        let larger = try fixture.post("larger", "{\"value\":\"\(text)x\"}")
        #expect(larger.status == 413)
        #expect(larger.text == "the value is larger than 1048576 bytes")
        let huge = try fixture.post("huge", String(repeating: " ", count: (4 << 20) + 1))
        #expect(huge.status == 413)
        #expect(huge.header("Content-Type") == "text/plain; charset=utf-8")
    }

    @Test(arguments: [
        ("0", "3600"), ("null", "3600"), ("0.5", "0"), ("90.9", "90"), ("1e300", "31536000"), ("1e999", "31536000"),
    ])
    func timesToLive(_ ttl: String, _ told: String) throws {
        let answer = try fixture.post("a", "{\"value\":1,\"ttl\":\(ttl)}")
        let clamped = told == "31536000" ? "; detail=ttl-clamped" : ""
        #expect(answer.header("Cache-Status") == "cachesync; stored; ttl=\(told)\(clamped)")
    }

    @Test func entriesEnd() throws {
        _ = try fixture.post("short", "{\"value\":1,\"ttl\":1}")
        _ = try fixture.post("stale", "{\"value\":2,\"ttl\":1,\"staleWhileRevalidate\":60}")
        _ = try fixture.post("error", "{\"value\":3,\"ttl\":1,\"staleIfError\":60}")
        #expect(try fixture.get("short").status == 200)
        try eventually("the entry ends") { try fixture.get("short").status == 404 }
        try eventually("the entry is stale") {
            try fixture.get("stale").header("Cache-Status")?.hasPrefix("cachesync; hit; ttl=-") == true
        }
        let stale = try fixture.get("stale")
        #expect(stale.text == "2")
        #expect(stale.header("Cache-Control") == "max-age=0")
        // No origin can fail here.
        try eventually("the entry is a miss") { try fixture.get("error").status == 404 }
    }

    @Test func conditionsDecideOnReads() throws {
        let tag = try #require(try fixture.post("a", "{\"value\":1}").header("ETag"))
        let same = try fixture.get("a", headers: ["If-None-Match: \"x\", W/\(tag)"])
        #expect(same.status == 304)
        #expect(same.body.isEmpty)
        #expect(same.header("ETag") == tag)
        #expect(same.header("Cache-Control") != nil)
        #expect(try fixture.get("a", headers: ["If-None-Match: *"]).status == 304)
        #expect(try fixture.get("a", headers: ["If-None-Match: \"x\""]).status == 200)
        #expect(try fixture.get("a", headers: ["If-Match: \"x\""]).status == 412)
        #expect(try fixture.get("a", headers: ["If-Match: \(tag)"]).status == 200)
    }

    @Test func conditionsDecideOnWrites() throws {
        let first = try #require(try fixture.post("a", "{\"value\":1}", headers: ["If-None-Match: *"]).header("ETag"))
        let second = try fixture.post("a", "{\"value\":2}", headers: ["If-None-Match: *"])
        #expect(second.status == 412)
        #expect(second.text == "Precondition failed")
        #expect(try fixture.post("a", "{\"value\":2}", headers: ["If-Match: \(first)"]).status == 200)
        #expect(try fixture.post("a", "{\"value\":3}", headers: ["If-Match: \(first)"]).status == 412)
        #expect(try fixture.get("a").text == "2")
        #expect(try fixture.delete("a", headers: ["If-Match: \(first)"]).status == 412)
        #expect(try fixture.delete("a", headers: ["If-Match: *"]).status == 200)
        #expect(try fixture.delete("a", headers: ["If-Match: *"]).status == 412)
        #expect(try fixture.post("a", "{\"value\":3}", headers: ["If-Match: *"]).status == 412)
        #expect(try fixture.delete("a", "&namespace=unseen", headers: ["If-Match: *"]).status == 412)
    }

    @Test func softInvalidationsLeaveWhatMayBeStale() throws {
        _ = try fixture.post("a", "{\"value\":1,\"ttl\":60,\"staleWhileRevalidate\":60,\"tags\":[\"t\"]}")
        _ = try fixture.post("b", "{\"value\":2,\"ttl\":60,\"tags\":[\"t\"]}")
        #expect(
            try fixture.put("any", "{\"tags\":[\"t\"],\"mode\":\"soft\"}").text
                == "{\"success\":true,\"invalidated\":2}")
        let stale = try fixture.get("a")
        #expect(stale.text == "1")
        #expect(stale.header("Cache-Control") == "max-age=0")
        #expect(try fixture.get("b").status == 404)
        #expect(try fixture.put("any", "{\"tags\":[\"t\"]}").text == "{\"success\":true,\"invalidated\":1}")
        #expect(try fixture.get("a").status == 404)
    }
}
