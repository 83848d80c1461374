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

/// `DELETE /invalidate/{id}` finds out whose request it is, and then does what a published cancellation does.
@Suite(.timeLimit(.minutes(2)))
struct DeletionTests {
    @Test func aRequestIsCancelledByItsIdAlone() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish(#"{"namespace":"shop","priority":"high","tags":["a"]}"#)
        let answer = try RawHTTP.get(gateway.port, "/invalidate/\(id)", method: "DELETE")
        #expect(answer.status == 202 && answer.string("namespace") == "shop", "\(answer)")
        let record = try #require(try gateway.records(of: TopicName.high).last)
        let value = try #require(try JSONSerialization.jsonObject(with: Data(record.value)) as? [String: Any])
        #expect(value["cancels"] as? String == id.text && value["namespace"] as? String == "shop")
    }

    @Test func itIsRefusedAsAPublishedCancellationIs() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        try gateway.fold(id, [.init("varnish-1", .purged)])
        let ended = try RawHTTP.get(gateway.port, "/invalidate/\(id)", method: "DELETE")
        #expect(ended.status == 409 && ended.string("requestStatus") == "completed", "\(ended)")
        let unknown = RequestID(at: .now() + -600_000)
        #expect(try RawHTTP.get(gateway.port, "/invalidate/\(unknown)", method: "DELETE").status == 404)
        #expect(try RawHTTP.get(gateway.port, "/invalidate/42", method: "DELETE").status == 400)
        #expect(try RawHTTP.get(gateway.port, "/invalidate/\(id)?namespace=a/b", method: "DELETE").status == 400)
        #expect(try RawHTTP.get(gateway.port, "/invalidate/\(id)?namespace=shop", method: "DELETE").status == 404)
        #expect(try RawHTTP.post(gateway.port, "{}", to: "/invalidate/\(id)").status == 405)
        #expect(try gateway.records(of: TopicName.normal).count == 1)
    }

    @Test func aKeyRepeatsTheAnswer() throws {
        let gateway = try GatewayFixture()
        let (id, _) = try gateway.publish()
        let first = try RawHTTP.get(
            gateway.port, "/invalidate/\(id)", method: "DELETE", headers: ["Idempotency-Key: off"])
        try gateway.fold(id, [.init("varnish-1", .cancelled)])
        let second = try RawHTTP.get(
            gateway.port, "/invalidate/\(id)", method: "DELETE", headers: ["Idempotency-Key: off"])
        #expect(first.status == 202 && second.status == 202 && first.string("id") == second.string("id"))
        #expect(try gateway.records(of: TopicName.normal).count == 2)
    }

    @Test func anIdOfTwoNamespacesNeedsOne() throws {
        let gateway = try GatewayFixture()
        let id = RequestID(at: .now())
        try gateway.fold(id, namespace: "shop", [.init("varnish-1", .queued)])
        try gateway.fold(id, namespace: "blog", [.init("varnish-1", .queued)])
        let answer = try RawHTTP.get(gateway.port, "/invalidate/\(id)", method: "DELETE")
        #expect(answer.status == 400 && answer.string("detail")?.contains("blog") == true, "\(answer)")
        let named = try RawHTTP.get(gateway.port, "/invalidate/\(id)?namespace=blog", method: "DELETE")
        #expect(named.status == 202 && named.string("namespace") == "blog", "\(named)")
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
