import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// A cancellation that could not cancel anything says so, and leaves nothing behind.
@Suite(.timeLimit(.minutes(2)))
struct CancellationTests {
    @Test func whatNeverWasCannotBeCancelled() throws {
        let gateway = try GatewayFixture()
        try gateway.catchUp()
        for id in ["0190a1b2-0000-4000-8000-0000000000aa", RequestID(at: .now() + -600_000).text] {
            let answer = try RawHTTP.post(gateway.port, #"{"cancels":"\#(id)"}"#)
            #expect(answer.status == 404, "\(answer)")
            #expect(answer.string("detail")?.contains("nothing to cancel") == true)
        }
        #expect(try gateway.records(of: TopicName.normal).isEmpty)
    }

    @Test func aRequestOfAnotherNamespaceIsNotFound() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish(#"{"namespace":"shop","tags":["a"]}"#)
        #expect(try RawHTTP.post(gateway.port, #"{"cancels":"\#(id)"}"#).status == 404)
        _ = try gateway.publish(#"{"namespace":"shop","cancels":"\#(id)"}"#)
    }

    @Test func whatHasEndedIsToldWithItsStatus() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let (cancellation, _) = try gateway.publish(
            #"{"cancels":"\#(id)"}"#, headers: ["Idempotency-Key: call-off"])
        try gateway.fold(id, [.init("varnish-1", .purged)])
        let answer = try RawHTTP.post(gateway.port, #"{"cancels":"\#(id)"}"#)
        #expect(answer.status == 409, "\(answer)")
        #expect(answer.string("requestStatus") == "completed" && answer.string("id") == id.text)
        // The same cancellation sent again is answered as it was.
        #expect(try gateway.publish(#"{"cancels":"\#(id)"}"#, headers: ["Idempotency-Key: call-off"]).0 == cancellation)
    }
}

/// Ids that do not tell their time, as publishers straight to Kafka may make them.
@Suite(.timeLimit(.minutes(2)))
struct TimelessIDTests {
    private static let id = RequestID("6ba7b810-9dad-41d1-80b4-00c04fd430c8")!

    @Test func aWaitOutlastsItsAppearance() throws {
        let gateway = try GatewayFixture()
        let call = try Background { try RawHTTP.get(gateway.port, "/status/\(Self.id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        try gateway.fold(Self.id, [.init("varnish-1", .sending)])
        try gateway.fold(Self.id, [.init("varnish-1", .purged)])
        #expect(try call.value().string("status") == "completed")
    }

    @Test func aWaitEndsWhenNobodyCanHaveIt() throws {
        let gateway = try GatewayFixture()
        let call = try Background { try RawHTTP.get(gateway.port, "/status/\(Self.id)?wait=60s") }
        try eventually("somebody waits") { try gateway.metric("cachesync_gateway_waiting") == 1 }
        try gateway.catchUp(at: .now() + 60_000)
        #expect(try call.value().status == 404)
    }
}
