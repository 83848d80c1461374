import Foundation
import Gateway
import HTTP
import Kafka
import TestSupport
import Testing
import Views

/// Tests of access to the gateway.
@Suite(.timeLimit(.minutes(2)))
struct AccessTests {
    @Test func healthAndMetricsTell() throws {
        let gateway = try GatewayFixture()
        _ = try gateway.publish()
        let live = try RawHTTP.get(gateway.port, "/health/live")
        #expect(live.status == 200)
        let ready = try RawHTTP.get(gateway.port, "/health/ready")
        #expect(ready.status == 200)
        #expect(ready.string("status") == "ready")
        let checks = try #require(ready.object["checks"] as? [String: [String: Any]])
        #expect(Set(checks.keys) == ["kafka", "view", "gateway"])
        #expect(try gateway.metric(#"cachesync_gateway_publications_total{outcome="accepted"}"#) == 1)
        #expect(try gateway.metric("cachesync_gateway_publish_seconds_count") == 1)
        #expect(try gateway.metric(#"cachesync_gateway_answers_total{route="invalidate",status="2xx"}"#) == 1)
    }

    /// Strangers cost no memory: they are refused when their header fields are there.
    @Test func aTokenIsAskedForBeforeTheBody() throws {
        let gateway = try GatewayFixture { $0.tokens = ["secret-1"] }
        let head = "POST /invalidate HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n"
        for authorization in ["", "Authorization: Bearer wrong\r\n"] {
            let answer = try RawHTTP.exchange(gateway.port, Array("\(head)\(authorization)\r\n".utf8))
            #expect(answer.status == 401 && answer.header("WWW-Authenticate") != nil)
            #expect(answer.header("Connection")?.lowercased() == "close")
        }
        #expect(try gateway.metric(#"cachesync_gateway_answers_total{route="invalidate",status="4xx"}"#) == 2)
        #expect(
            GatewayConfiguration(kafka: KafkaConfiguration(brokers: []), edges: [], view: .file("")).http
                .perAddressLimit
                == 512)
    }

    @Test func aTokenOpensTheGateway() throws {
        let cases: [(authorization: String?, status: Int)] = [
            (nil, 401), ("Bearer", 401), ("Bearer ", 401), ("Bearer wrong", 401), ("Bearer secret-", 401),
            ("Bearer secret-11", 401), ("Basic secret-1", 401), ("secret-1", 401), ("Bearer secret-1", 202),
            ("bearer secret-2", 202), ("Bearer  secret-2", 202),
        ]
        let gateway = try GatewayFixture { $0.tokens = ["secret-1", "secret-2"] }
        for one in cases {
            let headers = one.authorization.map { ["Authorization: \($0)"] } ?? []
            let answer = try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#, headers: headers)
            #expect(answer.status == one.status, "\(one)")
            let list = try RawHTTP.get(gateway.port, "/status", headers: headers)
            #expect(list.status == (one.status == 401 ? 401 : 200), "\(one)")
            #expect(one.status == 202 || answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true, "\(one)")
        }
        #expect(try RawHTTP.get(gateway.port, "/health/live").status == 200)
        #expect(try RawHTTP.get(gateway.port, "/metrics").status == 200)
    }
}
