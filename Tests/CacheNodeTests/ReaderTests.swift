import CacheNode
import Dispatch
import Foundation
import Gateway
import HTTP
import Synchronization
import TestSupport
import Testing

/// Many clients at once, and clients that mean no good.
@Suite(.timeLimit(.minutes(3)))
struct ReaderTests {
    @Test func aThousandReadersOfAColdKeyGetOneLease() throws {
        let fixture = try CacheFixture { $0.server.http.perAddressLimit = 0 }
        let winners = Atomic(0)
        let others = Atomic(0)
        let failures = Atomic(0)
        // Each connects and asks; a few at a time, as the threads of this machine allow.
        DispatchQueue.concurrentPerform(iterations: 1_000) { _ in
            guard let answer = try? fixture.get("cold", "&lease=1"), answer.status == 404 else {
                failures.add(1, ordering: .relaxed)
                return
            }
            if answer.header("Cache-Lease") == nil {
                others.add(1, ordering: .relaxed)
            } else {
                winners.add(1, ordering: .relaxed)
            }
        }
        #expect(winners.load(ordering: .relaxed) == 1)
        #expect(others.load(ordering: .relaxed) == 999)
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    /// A reader that has seen an invalidation's answer never gets what was there before.
    @Test func nobodyGetsWhatWasInvalidatedBeforeItAsked() throws {
        let fixture = try CacheFixture()
        let invalidated = Atomic(0)
        let stale = Atomic(0)
        let isOver = Atomic(false)
        let group = DispatchGroup()
        for _ in 0..<3 {
            DispatchQueue.global().async(group: group) {
                while !isOver.load(ordering: .acquiring) {
                    let before = invalidated.load(ordering: .acquiring)
                    guard let answer = try? fixture.get("a"), answer.status == 200, let number = Int(answer.text)
                    else { continue }
                    if number <= before { stale.add(1, ordering: .relaxed) }
                }
            }
        }
        for number in 1...200 {
            #expect(try fixture.post("a", "{\"value\":\(number),\"tags\":[\"t\"]}").status == 200)
            #expect(try fixture.put("any", "{\"tags\":[\"t\"]}").text == "{\"success\":true,\"invalidated\":1}")
            invalidated.store(number, ordering: .releasing)
        }
        isOver.store(true, ordering: .releasing)
        group.wait()
        #expect(stale.load(ordering: .relaxed) == 0)
    }

    /// Seeded requests of all shapes: each gets an answer, and the node goes on.
    @Test func hostileRequestsAreAnswered() throws {
        let fixture = try CacheFixture()
        var random = SeededGenerator(seed: 7)
        let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
        let targets = ["/cache", "/cache/", "/cache/batch", "/cache/stats", "/purge", "/metrics", "/"]
        let queries = [
            "", "?key=a", "?key=%00", "?key=%ff", "?key=a&namespace=", "?key=a&namespace=%20", "?key=a&lease=1",
            "?key=a&lease=&lease=1", "?key", "?key==&key=", "?key=" + String(repeating: "%C3%A9", count: 513),
        ]
        let bodies = [
            "", "{}", "[]", "null", "{\"value\":1}", "{\"value\":1,\"ttl\":-0}", "{\"value\":\"\\ud800\"}",
            "{\"value\":1,\"ttl\":1e-400}", "{\"tags\":[\"a\"],\"everything\":true}", "{\"everything\":1}",
            "{\"value\":[1,{\"a\":\"}\"}],\"tags\":[],\"staleIfError\":1e300}", "[{}]", "[[]]", "{\"mode\":\"half\"}",
            "[{\"op\":\"set\",\"key\":\"a\",\"value\":{\"b\":[]}},{\"op\":\"invalidate\",\"prefixes\":[\"\"]}]",
            String(repeating: "[", count: 2_000), "{\"value\":1}}", "{\"value\":1,}", "\u{feff}{\"value\":1}",
        ]
        let fields = [
            "X: 1", "If-Match: *", "If-None-Match: \"", "If-Match: W/", "Cache-Lease: 0000000000000000",
            "Cache-Lease: zz", "Accept: application/json", "Accept: ,;q=,", "Content-Encoding: gzip",
            "Content-Type: text/plain", "Authorization: Bearer x", "Accept: application/json;q=0.0000001",
        ]
        for _ in 0..<600 {
            let target = targets.randomElement(using: &random)! + queries.randomElement(using: &random)!
            let headers = [fields.randomElement(using: &random)!, fields.randomElement(using: &random)!]
            let answer = try fixture.send(
                methods.randomElement(using: &random)!, target, bodies.randomElement(using: &random)!,
                headers: headers)
            #expect((200..<500).contains(answer.status), "\(target) \(headers) \(answer)")
        }
        #expect(try fixture.post("a", "{\"value\":1}").status == 200)
        #expect(fixture.role.fault == nil)
    }

    @Test func aNodeEndsWhenItIsAsked() throws {
        let fixture = try CacheFixture()
        _ = try fixture.post("a", "{\"value\":1}")
        try fixture.drain()
        #expect(throws: (any Error).self) { try fixture.get("a") }
    }
}
