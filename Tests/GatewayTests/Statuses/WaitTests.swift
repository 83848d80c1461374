import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests of waiting for a request to end.
@Suite(.timeLimit(.minutes(2)))
struct WaitTests {
    @Test func theAnswerComesWhenTheRequestHasEnded() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let call = try Background { try RawHTTP.get(gateway.port, "/status/\(id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        try gateway.fold(id, [.init("varnish-1", .sending)])
        #expect(!call.isDone)
        let beginning = ContinuousClock.now
        try gateway.fold(id, [.init("varnish-1", .purged)])
        let answer = try call.value()
        #expect(ContinuousClock.now - beginning < .seconds(30))
        #expect(answer.status == 200)
        #expect(answer.string("status") == "completed")
        #expect(answer.int("progress") == 1)
        #expect(answer.int("completedEdges") == 1)
        #expect(answer.list("edges").first?["state"] as? String == "purged")
        #expect(try gateway.metric("cachesync_gateway_waiting") == 0)
    }

    @Test func aFailureEndsTheWaitToo() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let call = try Background { try RawHTTP.get(gateway.port, "/status/?id=\(id)&wait=60s") }
        try gateway.fold(
            id,
            [
                .init(
                    "varnish-1", .dead,
                    failure: EdgeFailure(failureClass: "permanent", message: "401 Unauthorized", attempts: 3))
            ])
        let answer = try call.value()
        #expect(answer.string("status") == "failed")
        let error = try #require(answer.list("errors").first)
        #expect(error["edge"] as? String == "varnish-1")
        #expect(error["message"] as? String == "401 Unauthorized")
        #expect(answer.list("edges").first?["attempts"] as? Int == 3)
    }

    @Test func whoWaitsInVainIsToldHowFarItIs() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let beginning = ContinuousClock.now
        let answer = try RawHTTP.get(gateway.port, "/status/\(id)?wait=300ms")
        #expect(ContinuousClock.now - beginning >= .milliseconds(300))
        #expect(answer.status == 200)
        #expect(answer.string("status") == "queued")
    }

    @Test func whatHasEndedIsToldAtOnce() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        try gateway.fold(id, [.init("varnish-1", .purged)])
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)?wait=60s").string("status") == "completed")
        #expect(try RawHTTP.get(gateway.port, "/status/0190a1b2-0000-7000-8000-000000000000?wait=60s").status == 404)
    }

    @Test func oddWaitsAreRefused() throws {
        let gateway = try GatewayFixture()
        for wait in ["", "soon", "-1s", "61s", "2m", "10h", "1e3", "99999999999s", "1.5s"] {
            let answer = try RawHTTP.get(gateway.port, "/status/\(RequestID(at: .now()))?wait=\(wait)")
            #expect(answer.status == 400, "\(wait)")
            #expect(answer.string("parameter") == "wait", "\(wait)")
        }
    }

    @Test func noMoreWaitThanMay() throws {
        let gateway = try GatewayFixture { $0.waitingMax = 2 }
        let (id, _) = try gateway.publish()
        let calls = try (0..<2).map { _ in try Background { try RawHTTP.get(gateway.port, "/status/\(id)?wait=60s") } }
        try eventually("two wait") { try gateway.metric("cachesync_gateway_waiting") == 2 }
        let refused = try RawHTTP.get(gateway.port, "/status/\(id)?wait=60s")
        #expect(refused.status == 503)
        #expect(refused.header("Retry-After") != nil)
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").status == 200)
        try gateway.fold(id, [.init("varnish-1", .verified)])
        for call in calls { #expect(try call.value().string("status") == "completed") }
    }

    @Test func whoWaitsWhenTheGatewayStopsIsAnswered() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let port = gateway.port
        let call = try Background { try RawHTTP.get(port, "/status/\(id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        try gateway.drain()
        let answer = try call.value()
        #expect(answer.status == 200)
        #expect(answer.string("status") == "queued")
        #expect(!accepts(port: port))
    }

    @Test func aViewThatComesLaterIsSeen() throws {
        let gateway = try GatewayFixture(makesView: false)
        let (id, _) = try gateway.publish()
        #expect(try RawHTTP.get(gateway.port, "/status/\(id)").string("status") == "queued")
        #expect(try RawHTTP.get(gateway.port, "/status/\(RequestID(at: .now()))").status == 503)
        #expect(try RawHTTP.get(gateway.port, "/status").status == 503)
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 503)
        let call = try Background { try RawHTTP.get(gateway.port, "/status/\(id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        try gateway.fold(id, [.init("varnish-1", .purged)])
        #expect(try call.value().string("status") == "completed")
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 503)
        try gateway.catchUp()
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 200)
    }
}
