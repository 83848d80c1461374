import Foundation
import Gateway
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// Dead letters over HTTP: what their records hold, and the parameters of lists.
@Suite(.timeLimit(.minutes(2)))
struct DeadLetterTests {
    @Test func aRecordIsShownWithItsHeadersAndItsValueAsItIs() throws {
        let gateway = try GatewayFixture()
        let value: [UInt8] = [0x7B, 0x00, 0xFF, 0x0A]
        try gateway.store(
            [[1], value, []], in: TopicName.dead, 3, GatewayFixture.deadHeaders + [KafkaHeader("x", [0xFF])])
        let shown = try RawHTTP.get(gateway.port, "/dead/3/1")
        #expect(shown.status == 200, "\(shown)")
        #expect(shown.string("deadLetter") == "3/1" && shown.string("class") == "permanent")
        #expect(shown.string("error") == "varnish-1: 401" && shown.string("namespace") == "shop")
        #expect(shown.string("key") == Data("shop".utf8).base64EncodedString() && shown.string("value") == nil)
        let headers = shown.list("headers")
        #expect(headers.first?["name"] as? String == "cs-dlq-class")
        #expect(headers.last?["base64"] as? String == "/w==")
        let raw = try RawHTTP.get(gateway.port, "/dead/3/1/value")
        #expect(raw.status == 200 && raw.body == value)
        #expect(raw.header("Content-Type") == "application/octet-stream")
        #expect(try RawHTTP.get(gateway.port, "/dead/3/1/value", method: "HEAD").body.isEmpty)
        #expect(try RawHTTP.get(gateway.port, "/dead/3/2/value").body.isEmpty)
    }

    @Test func whatIsNotThereIsNotFoundAndWhatIsNoNameIsRefused() throws {
        let gateway = try GatewayFixture()
        try gateway.store([[1]], in: TopicName.dead, 3)
        for target in ["/dead/3/1", "/dead/0/0", "/dead/99/0", "/dead/3/9223372036854775806/value"] {
            #expect(try RawHTTP.get(gateway.port, target).status == 404, "\(target)")
        }
        #expect(try RawHTTP.get(gateway.port, "/dead/3/0").status == 404, "no worker of ours wrote it")
        for target in [
            "/dead/-1/0", "/dead/a/b", "/dead/0/9223372036854775807", "/dead/2147483648/0", "/dead/0/-1/value",
        ] {
            #expect(try RawHTTP.get(gateway.port, target).status == 400, "\(target)")
        }
        for target in ["/dead/3", "/dead/3/0/key", "/dead//0", "/dead/3/0/value/x"] {
            #expect(try RawHTTP.get(gateway.port, target).status == 404, "\(target)")
        }
    }

    @Test func listsTakeTheirParameters() throws {
        let gateway = try GatewayFixture()
        let filters = [
            "", "namespace=shop,b*", "class=permanent", "edge=a,b", "error=varnish-1%3A%20401",
            "request=0190a1b2-0000-7000-8000-00000000abcd", "run=r-1", "since=-2h&until=2026-11-27T10:00:00Z",
            "quarantined=true", "quarantined=false&all=true", "limit=500", "cursor=1.2.3", "deadLetters=0/1,3/17",
        ]
        for filter in filters {
            let list = try RawHTTP.get(gateway.port, "/dead?\(filter)")
            #expect(list.status == 200 && list.object["deadLetters"] is [Any], "\(filter): \(list)")
            let export = try RawHTTP.get(gateway.port, "/dead/export?\(filter)")
            #expect(export.status == 200 && export.header("Content-Type") == "application/x-ndjson", "\(filter)")
        }
        for group in ["error", "edge", "namespace", "class"] {
            let groups = try RawHTTP.get(gateway.port, "/dead?group=\(group)&namespace=shop")
            #expect(groups.status == 200 && groups.int("total") == 0 && groups.string("asOf") != nil, "\(groups)")
        }
    }

    @Test func oddParametersAreRefused() throws {
        let cases = [
            ("namespace=", "namespace"), ("namespace=a,,b", "namespace"), ("namespace=%01", "namespace"),
            ("class=", "class"), ("request=x", "request"), ("run=a/b", "run"), ("since=all", "since"),
            ("since=10:00", "since"), ("until=later", "until"), ("quarantined=yes", "quarantined"), ("all=1", "all"),
            ("limit=0", "limit"), ("limit=1001", "limit"), ("cursor=x", "cursor"), ("cursor=1.2", "cursor"),
            ("group=age", "group"), ("deadLetters=", "deadLetters"), ("deadLetters=0/-1", "deadLetters"),
            ("tag=a", "tag"), ("edge=\(Array(repeating: "e", count: 101).joined(separator: ","))", "edge"),
        ]
        let gateway = try GatewayFixture()
        for (query, parameter) in cases {
            let answer = try RawHTTP.get(gateway.port, "/dead?\(query)")
            #expect(answer.status == 400 && answer.string("parameter") == parameter, "\(query): \(answer)")
        }
        #expect(try RawHTTP.get(gateway.port, "/dead/export?limit=501").status == 400)
        #expect(try RawHTTP.get(gateway.port, "/dead/export?group=edge").status == 400)
    }
}
