import Foundation
import Gateway
import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Tests of the gateway under pressure.
@Suite(.timeLimit(.minutes(2)))
struct PressureTests {
    @Test func withoutKafkaNothingIsAcceptedAndNobodyHangs() throws {
        let gateway = try GatewayFixture { $0.publishTimeout = .milliseconds(700) }
        _ = try gateway.publish()
        try gateway.setKafka(down: true)
        let calls = try (0..<8).map { _ in try Background { try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#) } }
        for call in calls {
            let answer = try call.value()
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") != nil)
            #expect(answer.string("detail")?.contains("trying again is safe") == true)
        }
        let ready = try RawHTTP.get(gateway.port, "/health/ready")
        #expect(ready.status == 503)
        #expect(try RawHTTP.get(gateway.port, "/health/live").status == 200)
        try gateway.setKafka(down: false)
        try eventually("the gateway is ready again") { try RawHTTP.get(gateway.port, "/health/ready").status == 200 }
        try eventually("it publishes") { try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#).status == 202 }
        try eventually("nothing is left behind") { try gateway.metric("cachesync_gateway_pending") == 0 }
    }

    @Test func noMoreAreOnTheirWayThanMay() throws {
        let gateway = try GatewayFixture {
            $0.pendingMax = 2
            $0.publishTimeout = .seconds(10)
        }
        try gateway.setKafka(down: true)
        let calls = try (0..<2).map { _ in try Background { try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#) } }
        try eventually("two are on their way") { try gateway.metric("cachesync_gateway_pending") == 2 }
        let refused = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#)
        #expect(refused.status == 503)
        #expect(refused.header("Retry-After") == "1")
        #expect(refused.string("detail")?.contains("Nothing was published") == true)
        for call in calls { #expect(try call.value().status == 503) }
    }

    @Test func aFullBacklogIsRefusedUntilItIsRead() throws {
        let backlog = EmbeddedBacklog(bytesMax: 4_000)
        let gateway = try GatewayFixture(backlogGuard: backlog)
        var accepted = 0
        while try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#).status == 202 { accepted += 1 }
        #expect((2..<20).contains(accepted))
        let refused = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#)
        #expect(refused.status == 503)
        #expect(refused.string("detail")?.contains("embedded broker is full") == true)
        for partition in 0..<Int32(12) {
            for reader in [EmbeddedBacklog.Reader.worker, .projector] {
                backlog.committed(topic: TopicName.normal, partition: partition, offset: .max, by: reader)
            }
        }
        #expect(backlog.bytes == 0)
        _ = try gateway.publish()
    }

    @Test func aStoppingGatewayAnswersWhatIsOnItsWay() throws {
        let gateway = try GatewayFixture { $0.drainTimeout = .milliseconds(200) }
        try gateway.setKafka(down: true)
        let port = gateway.port
        let call = try Background { try RawHTTP.post(port, #"{"tags":["a"]}"#) }
        try eventually("it is on its way") { try gateway.metric("cachesync_gateway_pending") == 1 }
        try gateway.drain()
        #expect(try call.value().status == 503)
    }

    @Test func beforeKafkaIsThereItSaysSo() throws {
        let gateway = try GatewayFixture(waitsForReady: false) {
            // Nobody listens there.
            $0.kafka.brokers = ["127.0.0.1:1"]
        }
        let answer = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#)
        #expect(answer.status == 503)
        #expect(answer.string("detail")?.contains("no connection to Kafka") == true)
        #expect(try RawHTTP.get(gateway.port, "/health/live").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/health/ready").status == 503)
    }
}
