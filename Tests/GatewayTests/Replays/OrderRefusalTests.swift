import Foundation
import Gateway
import TestSupport
import Testing
import TopicCatalogue

/// Bodies of orders that are refused: none of them leaves a trace.
@Suite(.timeLimit(.minutes(2)))
struct OrderRefusalTests {
    struct Case: Sendable {
        let target: String
        let body: String
        let status: Int
        /// The member that is named; nil for none.
        let field: String?

        init(_ target: String, _ body: String, _ status: Int, _ field: String? = nil) {
            (self.target, self.body, self.status, self.field) = (target, body, status, field)
        }
    }

    private static func list(_ count: Int, _ entry: String) -> String {
        "[" + Array(repeating: "\"\(entry)\"", count: count).joined(separator: ",") + "]"
    }

    static let cases: [Case] = [
        Case("/replays", "", 400), Case("/replays", "from=all", 400), Case("/replays", #"{"from":"all""#, 400),
        Case("/replays", #"{"from":"all"}{}"#, 400), Case("/replays", #"{"from":"all","max":1e999}"#, 422, "max"),
        Case("/replays", String(repeating: "[", count: 100_000), 400), Case("/replays", "[]", 422, "body"),
        Case("/replays", "null", 422, "body"), Case("/replays", "{}", 422, "from"),
        Case("/replays", #"{"from":null,"until":null}"#, 422, "from"), Case("/replays", #"{"from":7}"#, 422, "from"),
        Case("/replays", #"{"from":"10:00"}"#, 422, "from"), Case("/replays", #"{"from":"2h"}"#, 422, "from"),
        Case("/replays", #"{"from":"-99999999999999999999d"}"#, 422, "from"),
        Case("/replays", #"{"until":"later"}"#, 422, "until"),
        Case("/replays", #"{"from":"-1h","until":"-2h"}"#, 422, "until"),
        Case("/replays", #"{"from":"offset:0=-1"}"#, 422, "from"),
        Case("/replays", #"{"from":"offset:99=1"}"#, 422, "from"),
        Case("/replays", #"{"from":"offset:0=99999999999999999999"}"#, 422, "from"),
        Case("/replays", #"{"from":"all","from":"all"}"#, 422, "from"),
        Case("/replays", #"{"from":"all","namespace":"shop"}"#, 422, "namespace"),
        Case("/replays", #"{"from":"all","deadLetters":["0/1"]}"#, 422, "deadLetters"),
        Case("/replays", #"{"from":"all","namespaces":"shop"}"#, 422, "namespaces"),
        Case("/replays", #"{"from":"all","namespaces":[]}"#, 422, "namespaces"),
        Case("/replays", #"{"from":"all","namespaces":[""]}"#, 422, "namespaces"),
        Case("/replays", #"{"from":"all","tags":["a\u0000b"]}"#, 422, "tags"),
        Case("/replays", #"{"from":"all","tags":[1]}"#, 422, "tags"),
        Case("/replays", "{\"from\":\"all\",\"urls\":\(list(101, "*"))}", 422, "urls"),
        Case(
            "/replays", "{\"from\":\"all\",\"sources\":[\"\(String(repeating: "a", count: 1_025))\"]}", 422, "sources"),
        Case("/replays", #"{"from":"all","priorities":["urgent"]}"#, 422, "priorities"),
        Case("/replays", #"{"from":"all","selectorKinds":["all"]}"#, 422, "selectorKinds"),
        Case("/replays", "{\"from\":\"all\",\"edges\":\(list(10_000, "e"))}", 422, "edges"),
        Case("/replays", #"{"from":"all","only":"some"}"#, 422, "only"),
        Case("/replays", #"{"contentFrom":"all"}"#, 422, "contentFrom"),
        Case("/replays", #"{"from":"all","coalesce":"yes"}"#, 422, "coalesce"),
        Case("/replays", #"{"from":"all","coalesce":true,"only":"failed"}"#, 422, "coalesce"),
        Case("/replays", #"{"from":"all","rate":0}"#, 422, "rate"),
        Case("/replays", #"{"from":"all","rate":-1}"#, 422, "rate"),
        Case("/replays", #"{"from":"all","rate":1e300}"#, 422, "rate"),
        Case("/replays", #"{"from":"all","rate":"fast"}"#, 422, "rate"),
        Case("/replays", #"{"from":"all","window":0}"#, 422, "window"),
        Case("/replays", #"{"from":"all","window":1.5}"#, 422, "window"),
        Case("/replays", #"{"from":"all","window":18446744073709551615}"#, 422, "window"),
        Case("/replays", #"{"from":"all","max":9223372036854775807}"#, 422, "max"),
        Case("/replays", #"{"from":"all","max":-1}"#, 422, "max"),
        Case("/replays", "{\"from\":\"all\",\"reason\":\"\(String(repeating: "r", count: 513))\"}", 422, "reason"),
        Case("/replays", #"{"from":"all","execute":1}"#, 422, "execute"),
        Case("/replays", #"{"from":"all","expect":-1}"#, 422, "expect"),
        Case("/dead/redrive", #"{"coalesce":true}"#, 422, "coalesce"),
        Case("/dead/redrive", "{\"deadLetters\":\(list(10_001, "0/1"))}", 422, "deadLetters"),
        Case("/dead/redrive", #"{"deadLetters":["0/-1"]}"#, 422, "deadLetters"),
        Case("/dead/redrive", #"{"deadLetters":["-1/1"]}"#, 422, "deadLetters"),
        Case("/dead/redrive", #"{"deadLetters":["0/9223372036854775807"]}"#, 422, "deadLetters"),
        Case("/dead/redrive", #"{"deadLetters":["2147483647/1"]}"#, 422, "deadLetters"),
        Case("/dead/redrive", #"{"deadLetters":["0/1/2"]}"#, 422, "deadLetters"),
        Case("/dead/redrive", #"{"classes":[""]}"#, 422, "classes"),
        Case("/dead/redrive", #"{"asOf":"all"}"#, 422, "asOf"),
        Case("/dead/redrive", #"{"asOf":"-1h","until":"-1h"}"#, 422, "asOf"),
        Case("/dead/discard", "{}", 422, "reason"), Case("/dead/discard", #"{"reason":""}"#, 422, "reason"),
    ]

    @Test func badBodiesAreRefusedWithTheirFieldAndLeaveNothing() throws {
        let gateway = try GatewayFixture()
        for one in Self.cases {
            let answer = try RawHTTP.post(gateway.port, one.body, to: one.target)
            let name = "\(one.target) \(one.body.prefix(80))"
            #expect(answer.status == one.status, "\(name): \(answer)")
            #expect(answer.header("Content-Type") == "application/problem+json", "\(name)")
            #expect(answer.string("field") == one.field, "\(name): \(answer)")
        }
        #expect(try gateway.orders().isEmpty)
        #expect(try RawHTTP.post(gateway.port, #"{"from":"all"}"#, to: "/replays").status == 202)
    }

    @Test func oddNamesOfOperatorsAndTypesAreRefused() throws {
        let gateway = try GatewayFixture()
        let cases: [(header: String, status: Int)] = [
            ("Cache-Sync-Operator: ", 400), ("Cache-Sync-Operator: \(String(repeating: "a", count: 201))", 400),
            ("Cache-Sync-Operator: b\u{e9}", 400), ("Content-Type: text/plain", 415), ("Content-Encoding: gzip", 415),
        ]
        for one in cases {
            let answer = try RawHTTP.post(gateway.port, #"{"from":"all"}"#, to: "/replays", headers: [one.header])
            #expect(answer.status == one.status, "\(one): \(answer)")
        }
        #expect(try gateway.orders().isEmpty)
    }

    /// Bytes changed at random make an order or a clear refusal, never a failure.
    @Test(arguments: [UInt64.random(in: .min ... .max)])
    func mutationsNeverBreakIt(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let gateway = try GatewayFixture()
        let sound = Array(#"{"deadLetters":["0/1"],"namespaces":["a*"],"from":"all","rate":2.5,"max":10}"#.utf8)
        for round in 0..<200 {
            var body = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<body.count, using: &random)
                switch UInt8.random(in: 0..<3, using: &random) {
                case 0: body[index] = .random(in: .min ... .max, using: &random)
                case 1: body.remove(at: index)
                default: body.insert(.random(in: .min ... .max, using: &random), at: index)
                }
            }
            let status = try RawHTTP.post(gateway.port, body, to: "/dead/redrive").status
            #expect([202, 400, 422].contains(status), "seed \(seed), round \(round)")
        }
    }
}
