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

    @Test func aStaleValueIsAnsweredAndRenewedByOneClientAtATime() throws {
        let body = "{\"value\":1,\"tags\":[\"t\"],\"ttl\":600,\"staleWhileRevalidate\":600}"
        #expect(try fixture.post("a", body).status == 200)
        #expect(try fixture.get("a", "&lease=1").header("Cache-Lease") == nil, "it is fresh")
        _ = try fixture.put("-", "{\"tags\":[\"t\"],\"mode\":\"soft\"}")
        try LeaseChecks.expectRenewal(of: "a", at: fixture)

        // What is invalidated meanwhile makes the lease void; then the next reader gets one.
        _ = try fixture.put("-", "{\"tags\":[\"t\"],\"mode\":\"soft\"}")
        let token = try #require(try fixture.get("a", "&lease=1").header("Cache-Lease"))
        _ = try fixture.put("-", "{\"tags\":[\"t\"],\"mode\":\"soft\"}")
        #expect(try fixture.post("a", body, headers: ["Cache-Lease: \(token)"]).status == 409)
        let next = try fixture.get("a", "&lease=1")
        #expect(next.status == 200 && next.header("Cache-Lease") != nil, "\(next)")
    }

    /// A client whose condition holds, or does not, gets the lease all the same.
    @Test func aLeaseComesWithEachAnswerOfAStaleValue() throws {
        let body = "{\"value\":1,\"tags\":[\"t\"],\"ttl\":600,\"staleWhileRevalidate\":600}"
        for (key, field, status) in [("a", "If-None-Match: *", 304), ("b", "If-Match: \"x\"", 412)] {
            _ = try fixture.post(key, body)
            _ = try fixture.put("-", "{\"tags\":[\"t\"],\"mode\":\"soft\"}")
            #expect(try fixture.get(key, "&lease=1", method: "HEAD").header("Cache-Lease") == nil)
            let answer = try fixture.get(key, "&lease=1", headers: [field])
            #expect(answer.status == status && answer.header("Cache-Lease") != nil, "\(answer)")
            #expect(answer.header("Cache-Control") == "no-store")
        }
    }

    @Test func leasesAreOfOneKey() throws {
        let token = try lease("a")
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: \(token)"]).status == 409)
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: 12"]).status == 400)
        #expect(try fixture.post("b", "{\"value\":1}", headers: ["Cache-Lease: +123456789abcdef"]).status == 400)
    }
}

/// What is expected of leases wherever the entry is.
enum LeaseChecks {
    /// Renews a stale entry, whose value is 1.
    static func expectRenewal(of key: String, at node: CacheFixture) throws {
        let first = try node.get(key, "&lease=1")
        #expect(first.status == 200 && first.text == "1", "\(first)")
        #expect(first.header("Cache-Status")?.contains("hit; ttl=") == true, "\(first)")
        let token = try #require(first.header("Cache-Lease"))
        for query in ["&lease=1", ""] {
            let other = try node.get(key, query)
            #expect(other.status == 200 && other.text == "1" && other.header("Cache-Lease") == nil, "\(other)")
        }
        let body = "{\"value\":2,\"tags\":[\"t\"],\"ttl\":600,\"staleWhileRevalidate\":600}"
        #expect(try node.post(key, body, headers: ["Cache-Lease: \(token)"]).status == 200)
        let renewed = try node.get(key, "&lease=1")
        #expect(renewed.text == "2" && renewed.header("Cache-Lease") == nil, "\(renewed)")
    }
}
