import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing
import TopicCatalogue

/// Tests of idempotency keys.
@Suite(.timeLimit(.minutes(2)))
struct IdempotencyTests {
    @Test func theSameRequestAgainIsAnsweredButNotPublishedAgain() throws {
        let gateway = try GatewayFixture()
        let (id, first) = try gateway.publish(headers: ["Idempotency-Key: deploy-7"])
        let (repeated, second) = try gateway.publish(headers: ["Idempotency-Key: deploy-7"])
        #expect(id == repeated)
        #expect(first.body == second.body)
        #expect(first.header("Location") == second.header("Location"))
        #expect(try gateway.records(of: TopicName.normal).count == 1)
        #expect(try gateway.records(of: TopicName.progress).isEmpty)
    }

    @Test func anotherBodyUnderTheSameKeyIsRefused() throws {
        let gateway = try GatewayFixture()
        _ = try gateway.publish(headers: ["Idempotency-Key: k"])
        let answer = try RawHTTP.post(gateway.port, #"{"tags":["b"]}"#, headers: ["Idempotency-Key: k"])
        #expect(answer.status == 422)
        #expect(answer.string("title") == "Idempotency-Key used before")
        // Another namespace has keys of its own.
        _ = try gateway.publish(#"{"namespace":"shop","tags":["b"]}"#, headers: ["Idempotency-Key: k"])
    }

    /// The key travels in the record, and the view has it.
    @Test func aKeyHoldsAcrossGatewaysAndRestarts() throws {
        let gateway = try GatewayFixture()
        let (id, first) = try gateway.publish(headers: ["Idempotency-Key: deploy-7"])
        try gateway.foldPublications()
        let other = try GatewayFixture(makesView: false) { $0.view = gateway.location }
        let (repeated, second) = try other.publish(headers: ["Idempotency-Key: deploy-7"])
        #expect(id == repeated)
        #expect(first.header("Location") == second.header("Location"))
        #expect(try other.records(of: TopicName.normal).isEmpty)
        let changed = try RawHTTP.post(other.port, #"{"tags":["b"]}"#, headers: ["Idempotency-Key: deploy-7"])
        #expect(changed.status == 422)
    }

    @Test func twoGatewaysThatTakeAKeyAtTheSameMomentMakeOneRequestOfIt() throws {
        let gateway = try GatewayFixture()
        let other = try GatewayFixture()
        let headers = ["Idempotency-Key: deploy-8"]
        #expect(try gateway.publish(headers: headers).0 == other.publish(headers: headers).0)
        #expect(
            try gateway.publish(#"{"tags":["c"]}"#, headers: ["Idempotency-Key: x"]).0
                != other.publish(#"{"tags":["d"]}"#, headers: ["Idempotency-Key: x"]).0)
    }

    @Test func noMoreKeysAreKeptThanMay() throws {
        let gateway = try GatewayFixture { $0.idempotencyKeysMax = 2 }
        let ids = try ["1", "2", "3"].map { try gateway.publish(headers: ["Idempotency-Key: \($0)"]).0 }
        #expect(try gateway.publish(headers: ["Idempotency-Key: 3"]).0 == ids[2])
        #expect(try gateway.publish(headers: ["Idempotency-Key: 2"]).0 == ids[1])
        #expect(try gateway.records(of: TopicName.normal).count == 3)
        // Published once more, under the same id.
        #expect(try gateway.publish(headers: ["Idempotency-Key: 1"]).0 == ids[0])
        #expect(try gateway.records(of: TopicName.normal).count == 4)
    }

    @Test func keysAreForgottenInTime() throws {
        let gateway = try GatewayFixture { $0.idempotencyLifetime = .milliseconds(50) }
        let (first, _) = try gateway.publish(headers: ["Idempotency-Key: 1"])
        try eventually("the key is forgotten") { try gateway.publish(headers: ["Idempotency-Key: 1"]).0 != first }
    }

    @Test func aSecondRequestWhileTheFirstIsUnderWayIsAConflict() throws {
        let gateway = try GatewayFixture { $0.publishTimeout = .seconds(10) }
        try gateway.setKafka(down: true)
        let call = try Background {
            try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Idempotency-Key: k"])
        }
        try eventually("it is under way") { try gateway.metric("cachesync_gateway_pending") == 1 }
        let second = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Idempotency-Key: k"])
        #expect(second.status == 409)
        #expect(second.header("Retry-After") != nil)
        #expect(try call.value().status == 503)
        // The first try failed, so the next one is a first try.
        try gateway.setKafka(down: false)
        try eventually("Kafka is back") {
            try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: ["Idempotency-Key: k"]).status == 202
        }
    }
}
