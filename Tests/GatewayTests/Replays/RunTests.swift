import Foundation
import Gateway
import Invalidations
import Replays
import TestSupport
import Testing

/// Runs: how far they are, and what they are told to become.
@Suite(.timeLimit(.minutes(2)))
struct RunTests {
    private func order(_ gateway: GatewayFixture) throws -> String {
        let answer = try RawHTTP.post(gateway.port, #"{"from":"all","reason":"first"}"#, to: "/replays")
        return try #require(answer.string("run"), "\(answer)")
    }

    @Test func eachChangeIsTheNextVersionOfTheOrder() throws {
        let gateway = try GatewayFixture()
        let id = try order(gateway)
        func change(_ body: String) throws -> RawAnswer {
            try RawHTTP.patch(gateway.port, body, to: "/replays/\(id)", headers: ["Cache-Sync-Operator: bob"])
        }
        let started = try change(#"{"state":"running","expect":12,"reason":"go"}"#)
        #expect(started.status == 202 && started.string("wanted") == "running", "\(started)")
        #expect(started.int("version") == 2)
        #expect(try change(#"{"rate":50}"#).string("wanted") == "running")
        #expect(try change(#"{"state":"paused","reason":"look"}"#).string("phase") == "paused")
        #expect(try change(#"{"state":"cancelled"}"#).string("phase") == "cancelled")
        let late = try change(#"{"state":"running"}"#)
        #expect(late.status == 409 && late.string("phase") == "cancelled", "\(late)")
        #expect(late.header("Retry-After") == nil)

        let orders = try gateway.orders().map(\.order)
        #expect(orders.map(\.version) == [1, 2, 3, 4, 5])
        #expect(orders.map(\.wanted) == [.planned, .running, .running, .paused, .cancelled])
        #expect(orders.map(\.spec.rate) == [nil, nil, 50, 50, 50])
        #expect(orders[1].expect == 12 && orders[1].who == "bob" && orders[1].reason == "go")
    }

    @Test func oddChangesAreRefused() throws {
        let gateway = try GatewayFixture()
        let id = try order(gateway)
        let cases: [(body: String, status: Int, field: String?)] = [
            ("", 400, nil), ("{}", 422, "state"), (#"{"state":"planned"}"#, 422, "state"),
            (#"{"state":"done"}"#, 422, "state"), (#"{"state":7}"#, 422, "state"), (#"{"rate":0}"#, 422, "rate"),
            (#"{"state":"paused","spec":{}}"#, 422, "spec"), (#"{"state":"running","expect":1.5}"#, 422, "expect"),
        ]
        for one in cases {
            let answer = try RawHTTP.patch(gateway.port, one.body, to: "/replays/\(id)")
            #expect(answer.status == one.status && answer.string("field") == one.field, "\(one): \(answer)")
        }
        #expect(try gateway.orders().count == 1)
    }

    @Test func runsThatNobodyKnowsAreToldApartFromThoseThatAreLate() throws {
        let gateway = try GatewayFixture()
        try gateway.catchUp(at: .now() + -1_000)
        let late = RequestID(at: .now()).text
        let answer = try RawHTTP.get(gateway.port, "/replays/\(late)")
        #expect(answer.status == 200 && answer.string("phase") == "planning", "\(answer)")
        #expect(answer.object["known"] as? Bool == false)
        let change = try RawHTTP.patch(gateway.port, #"{"state":"paused"}"#, to: "/replays/\(late)")
        #expect(change.status == 409 && change.header("Retry-After") == "1", "\(change)")
        let ahead = RequestID(at: .now() + 86_400_000).text
        for id in ["0190a1b2-0000-7000-8000-00000000abcd", "nobody", ahead, "a%00b", "%2e%2e%20"] {
            #expect([400, 404].contains(try RawHTTP.get(gateway.port, "/replays/\(id)").status), "\(id)")
            let change = try RawHTTP.patch(gateway.port, #"{"state":"paused"}"#, to: "/replays/\(id)")
            #expect([400, 404].contains(change.status), "\(id)")
        }
        #expect(try RawHTTP.get(gateway.port, "/replays/nobody?wait=60s").status == 404)
        #expect(try gateway.orders().isEmpty)
    }

    @Test func theAnswerIsHeldUntilARunStandsStill() throws {
        let gateway = try GatewayFixture()
        let id = try order(gateway)
        let call = try Background { try RawHTTP.get(gateway.port, "/replays/\(id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        #expect(try RawHTTP.patch(gateway.port, #"{"state":"cancelled"}"#, to: "/replays/\(id)").status == 202)
        // The next news of the view, whatever it is of.
        try gateway.catchUp()
        #expect(try call.value().string("phase") == "cancelled")
        #expect(try RawHTTP.get(gateway.port, "/replays/\(id)?wait=soon").status == 400)
    }

    @Test func theListHasPagesAndBounds() throws {
        let gateway = try GatewayFixture()
        let list = try RawHTTP.get(gateway.port, "/replays?limit=10")
        #expect(list.status == 200 && list.object["runs"] is [Any] && list.string("asOf") != nil, "\(list)")
        for query in ["limit=0", "limit=501", "limit=x", "before=a/b", "before=", "cursor=1", "limit=1&limit=2"] {
            #expect(try RawHTTP.get(gateway.port, "/replays?\(query)").status == 400, "\(query)")
        }
        let blind = try GatewayFixture(makesView: false)
        #expect(try RawHTTP.get(blind.port, "/replays").status == 503)
        #expect(try RawHTTP.get(blind.port, "/dead").status == 503)
        #expect(try RawHTTP.get(blind.port, "/replays/\(RequestID(at: .now()))").status == 503)
    }

    /// With one slot the second order finds the queue full; when Kafka is back the first is stored after all.
    @Test func noMoreOrdersWaitForKafkaThanMay() throws {
        let gateway = try GatewayFixture { $0.jobsMax = 1 }
        try gateway.setKafka(down: true)
        let call = try Background { try RawHTTP.post(gateway.port, #"{"from":"all"}"#, to: "/replays") }
        try eventually("one waits") { try gateway.metric("cachesync_gateway_jobs") == 1 }
        for target in ["/replays", "/dead/redrive"] {
            let refused = try RawHTTP.post(gateway.port, #"{"from":"all"}"#, to: target)
            #expect(refused.status == 503 && refused.header("Retry-After") != nil, "\(refused)")
        }
        #expect(try RawHTTP.get(gateway.port, "/dead/0/1").status == 503)
        #expect(try RawHTTP.get(gateway.port, "/dead").status == 200, "the view is read without Kafka")
        try gateway.setKafka(down: false)
        let status = try call.value().status
        #expect([202, 503].contains(status))
        try eventually("nothing waits") { try gateway.metric("cachesync_gateway_jobs") == 0 }
        #expect(try RawHTTP.post(gateway.port, #"{"from":"all"}"#, to: "/replays").status == 202)
    }
}
