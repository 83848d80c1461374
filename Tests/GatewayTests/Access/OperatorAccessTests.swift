import Foundation
import Gateway
import TestSupport
import Testing

/// Tests of access to the operators' calls.
@Suite(.timeLimit(.minutes(2)))
struct OperatorAccessTests {
    private static let calls: [(method: String, target: String)] = [
        ("GET", "/replays"), ("GET", "/replays/nobody"), ("GET", "/dead"), ("GET", "/dead/0/0"),
        ("GET", "/dead/0/0/value"), ("GET", "/dead/export"), ("POST", "/replays"), ("POST", "/dead/redrive"),
        ("POST", "/dead/discard"), ("PATCH", "/replays/nobody"),
    ]

    /// The statuses of all calls with that token.
    private func statuses(_ gateway: GatewayFixture, _ token: String?) throws -> [Int] {
        let headers = token.map { ["Authorization: Bearer \($0)"] } ?? []
        return try Self.calls.map { call in
            switch call.method {
            case "POST": try RawHTTP.post(gateway.port, "{}", to: call.target, headers: headers).status
            case "PATCH": try RawHTTP.patch(gateway.port, "{}", to: call.target, headers: headers).status
            default: try RawHTTP.get(gateway.port, call.target, headers: headers).status
            }
        }
    }

    /// Of those who may: what is missing is their only trouble.
    private static let open = [200, 404, 200, 404, 404, 200, 422, 202, 422, 422]

    @Test func withoutTokensEverybodyMay() throws {
        let gateway = try GatewayFixture()
        #expect(try statuses(gateway, nil) == Self.open)
    }

    @Test func aPublishersTokenAloneClosesThemAndSaysWhatToSet() throws {
        let gateway = try GatewayFixture { $0.tokens = ["publisher"] }
        #expect(Set(try statuses(gateway, "publisher")) == [403])
        for token in [nil, "wrong"] { #expect(Set(try statuses(gateway, token)) == [401]) }
        let answer = try RawHTTP.get(gateway.port, "/dead", headers: ["Authorization: Bearer publisher"])
        #expect(answer.string("detail")?.contains("gateway.operatorToken") == true, "\(answer)")
        #expect(try gateway.orders().isEmpty)
    }

    @Test func theOperatorsTokenOpensAll() throws {
        let gateway = try GatewayFixture {
            $0.tokens = ["publisher"]
            $0.operatorTokens = ["operator"]
        }
        #expect(try statuses(gateway, "operator") == Self.open)
        #expect(Set(try statuses(gateway, "publisher")) == [403])
        for token in [nil, "operato"] { #expect(Set(try statuses(gateway, token)) == [401]) }
        for (token, status) in [("operator", 202), ("publisher", 202), ("wrong", 401)] {
            let answer = try RawHTTP.post(
                gateway.port, #"{"tags":["a"]}"#, headers: ["Authorization: Bearer \(token)"])
            #expect(answer.status == status, "\(token)")
        }
    }

    @Test func anOperatorsTokenAloneLeavesPublishingOpen() throws {
        let gateway = try GatewayFixture { $0.operatorTokens = ["operator"] }
        #expect(Set(try statuses(gateway, nil)) == [401])
        #expect(try statuses(gateway, "operator") == Self.open)
        #expect(try RawHTTP.post(gateway.port, #"{"tags":["a"]}"#).status == 202)
    }

    @Test func methodsAreTold() throws {
        let gateway = try GatewayFixture()
        let cases: [(method: String, target: String, allow: String)] = [
            ("DELETE", "/replays", "GET, HEAD, POST, OPTIONS"), ("POST", "/replays/x", "GET, HEAD, PATCH, OPTIONS"),
            ("GET", "/dead/redrive", "POST, OPTIONS"), ("POST", "/dead/0/1", "GET, HEAD, OPTIONS"),
            ("PUT", "/dead/export", "GET, HEAD, OPTIONS"),
        ]
        for one in cases {
            let answer = try RawHTTP.get(gateway.port, one.target, method: one.method)
            #expect(answer.status == 405 && answer.header("Allow") == one.allow, "\(one): \(answer)")
        }
    }
}
