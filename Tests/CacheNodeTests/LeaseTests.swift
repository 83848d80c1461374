import Foundation
import TestSupport
import Testing

/// Leases: one client brings the value, unless it was overtaken.
struct LeaseTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    private func lease(_ key: String) throws -> String {
        let answer = try fixture.get(key, "&lease=1")
        #expect(answer.status == 404)
        return try #require(answer.header("Cache-Lease"))
    }

    @Test func oneClientWins() throws {
        let token = try lease("a")
        let other = try fixture.get("a", "&lease=1")
        #expect(other.status == 404)
        #expect(other.header("Cache-Lease") == nil)
        #expect(other.header("Cache-Status") == "cachesync; fwd=uri-miss; detail=lease-held")
        #expect(try #require(other.header("Retry-After").flatMap { Int($0) }) >= 1)
        #expect(try fixture.post("a", "{\"value\":1}", headers: ["Cache-Lease: \(token)"]).status == 200)
        #expect(try fixture.get("a", "&lease=1").text == "1")
        #expect(try fixture.post("a", "{\"value\":2}", headers: ["Cache-Lease: \(token)"]).status == 409)
        #expect(try fixture.get("a").text == "1")
    }

    @Test func whatIsInvalidatedMeanwhileIsNotStored() throws {
        let body = "{\"value\":1,\"tags\":[\"t\"]}"
        for overtake in ["tag", "key", "write", "everything"] {
            let token = try lease(overtake)
            switch overtake {
            case "tag": _ = try fixture.put("any", "{\"tags\":[\"t\"]}")
            case "key": _ = try fixture.delete("key")
            case "write": _ = try fixture.post("write", "{\"value\":0}")
            default: _ = try fixture.put("any", "{\"everything\":true}")
            }
            let late = try fixture.post(overtake, body, headers: ["Cache-Lease: \(token)"])
            #expect(late.status == 409, "\(overtake)")
            #expect(try fixture.get(overtake).text == (overtake == "write" ? "0" : "Not found"))
        }
        let token = try lease("other")
        _ = try fixture.put("any", "{\"tags\":[\"u\"]}")
        #expect(try fixture.post("other", body, headers: ["Cache-Lease: \(token)"]).status == 200)
    }

    @Test func leasesAreOfOneKey() throws {
        let token = try lease("a")
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: \(token)"]).status == 409)
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: 12"]).status == 400)
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: +123456789abcdef"]).status == 400)
    }
}
