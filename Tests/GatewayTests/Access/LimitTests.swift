import Foundation
import Gateway
import HTTP
import Runtime
import TestSupport
import Testing

/// Tests of limits: how often a credential, a namespace and an address may ask.
@Suite(.timeLimit(.minutes(2)))
struct LimitTests {
    @Test func aLimitRefillsStepByStep() throws {
        let table = try #require(LimitTable("key", Quota(amount: 10, seconds: 10)))
        var now = MonotonicTime.now()
        for _ in 0..<10 { #expect(table.charge("a", now: now) == nil) }
        let refusal = try #require(table.charge("a", now: now))
        #expect(refusal.status == 429)
        let fields = Dictionary(uniqueKeysWithValues: refusal.headers)
        #expect(
            fields["RateLimit-Policy"] == "\"key\";q=10;w=10"
                && fields["RateLimit"]?.hasPrefix("\"key\";r=0;t=") == true)
        #expect(Int(fields["Retry-After"] ?? "").map { (1...2).contains($0) } == true)
        #expect(table.charge("b", now: now) == nil)
        now = now + .milliseconds(1_100)
        #expect(table.charge("a", now: now) == nil && table.charge("a", now: now) != nil)
        now = now + .seconds(3_600)
        for _ in 0..<10 { #expect(table.charge("a", now: now) == nil) }
        #expect(table.charge("a", now: now) != nil)
    }

    @Test func theTableIsBounded() throws {
        let table = try #require(LimitTable("address", Quota(amount: 1, seconds: 3_600)))
        for number in 0..<40_000 { _ = table.charge("\(number)") }
        #expect(table.count <= 16_384)
    }

    @Test func aClientOfIPv6IsItsNetwork() {
        #expect(ClientNetwork.of("192.0.2.1") == "192.0.2.1")
        #expect(ClientNetwork.of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
        #expect(ClientNetwork.of("2001:db8::6") == "2001:db8:0:0::/64")
        #expect(ClientNetwork.of("::1") == "0:0:0:0::/64")
        #expect(ClientNetwork.of("fe80::1%eth0") == "fe80:0:0:0::/64")
        #expect(ClientNetwork.of("1:2:3:4:5:6:7::") == "1:2:3:4::/64")
    }

    @Test func whatIsOverALimitIsToldSo() throws {
        let gateway = try GatewayFixture {
            $0.tokens = ["publisher"]
            $0.operatorTokens = ["operator"]
            $0.limits.perKey = Quota(amount: 5, seconds: 3_600)
        }
        func post(_ token: String) throws -> RawAnswer {
            try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Authorization: Bearer \(token)"])
        }
        for _ in 0..<5 { #expect(try post("publisher").status == 202) }
        let refused = try post("publisher")
        #expect(refused.status == 429 && refused.header("Retry-After") != nil && refused.header("RateLimit") != nil)
        #expect(refused.string("type") == "/problems/too-many-requests")
        #expect(try post("operator").status == 202)
        #expect(try gateway.metric(#"cachesync_gateway_refused_total{reason="limit"}"#) == 1)
    }

    @Test func eachItemOfABatchCountsForItsNamespace() throws {
        let gateway = try GatewayFixture { $0.limits.perNamespace = Quota(amount: 3, seconds: 3_600) }
        let items = (0..<5).map { #"{"tags":["\#($0)"],"namespace":"shop"}"# } + [#"{"tags":["a"]}"#]
        let answer = try RawHTTP.post(gateway.port, "[\(items.joined(separator: ","))]")
        #expect(answer.status == 207 && answer.int("accepted") == 4 && answer.int("refused") == 2)
        #expect(answer.header("Retry-After") != nil)
    }

    @Test func anAddressHasItsLimit() throws {
        let gateway = try GatewayFixture { $0.limits.perAddress = Quota(amount: 3, seconds: 3_600) }
        let statuses = try (0..<5).map { _ in try RawHTTP.get(gateway.port, "/status").status }
        #expect(statuses == [200, 200, 200, 429, 429])
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 200)
    }

    /// Guessing is slow, and keeps nobody out who has a long credential.
    @Test func wrongCredentialsAreLimited() throws {
        let long = String(repeating: "t", count: 32)
        let gateway = try GatewayFixture {
            $0.tokens = ["short", long]
            $0.limits.failuresPerAddress = Quota(amount: 3, seconds: 3_600)
        }
        func post(_ token: String) throws -> Int {
            try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Authorization: Bearer \(token)"]).status
        }
        #expect(try post("short") == 202)
        #expect(try (0..<5).map { try post("guess-\($0)") } == [401, 401, 401, 429, 429])
        #expect(try post("short") == 429)
        #expect(try post(long) == 202)
    }
}
