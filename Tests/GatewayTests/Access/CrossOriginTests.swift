import Gateway
import TestSupport
import Testing

/// Tests of web pages of other origins (CORS): what they may read, and what they may send.
@Suite(.timeLimit(.minutes(2)))
struct CrossOriginTests {
    private static let shop = "https://shop.example"

    private static func gateway(_ origins: [String], tokens: [String] = []) throws -> GatewayFixture {
        let rule = try #require(CrossOriginRule(origins))
        return try GatewayFixture {
            $0.crossOrigins = rule
            $0.tokens = tokens
        }
    }

    private static func preflight(
        _ gateway: GatewayFixture, _ target: String, _ method: String, from origin: String = shop
    ) throws -> RawAnswer {
        try RawHTTP.get(
            gateway.port, target, method: "OPTIONS",
            headers: ["Origin: \(origin)", "Access-Control-Request-Method: \(method)"])
    }

    @Test func originsAreExact() {
        for names in [
            [], ["*"], [Self.shop], ["http://127.0.0.1:3000", "https://[::1]:8443"], ["HTTPS://Shop.Example"],
        ] {
            #expect(CrossOriginRule(names) != nil, "\(names)")
        }
        for names in [
            [""], ["null"], ["shop.example"], ["https://"], ["https://shop.example/"], ["https://*.example"],
            ["*", "https://shop.example"], ["ftp://shop.example"], ["https://a b"], ["https://user@shop.example"],
        ] {
            #expect(CrossOriginRule(names) == nil, "\(names)")
        }
    }

    @Test func preflightsAreAnsweredFromTheRoutes() throws {
        let gateway = try Self.gateway([Self.shop], tokens: ["secret"])
        let table = [
            ("/invalidate", "POST", "POST, OPTIONS"), ("/status", "GET", "GET, HEAD, OPTIONS"),
            ("/events", "GET", "GET, HEAD, OPTIONS"), ("/replays/run-1", "PATCH", "GET, HEAD, PATCH, OPTIONS"),
        ]
        for (target, method, methods) in table {
            let answer = try Self.preflight(gateway, target, method)
            #expect(answer.status == 204, "\(target)")
            #expect(answer.header("Access-Control-Allow-Origin") == Self.shop)
            #expect(answer.header("Access-Control-Allow-Methods") == methods)
            let allowed = answer.header("Access-Control-Allow-Headers") ?? ""
            for field in ["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "traceparent"] {
                #expect(allowed.contains(field), "\(field)")
            }
            #expect(answer.header("Access-Control-Max-Age") == "600" && answer.header("Allow") == methods)
        }
        #expect(try Self.preflight(gateway, "/nothing", "GET").status == 404)
        for origin in ["https://evil.example", "http://shop.example", "null", "https://shop.example.evil.example"] {
            let answer = try Self.preflight(gateway, "/invalidate", "POST", from: origin)
            #expect(answer.header("Access-Control-Allow-Origin") == nil, "\(origin)")
            #expect(answer.header("Access-Control-Allow-Methods") == nil && answer.header("Vary") == "Origin")
        }
    }

    @Test func everyAnswerSaysWhoMayReadIt() throws {
        let gateway = try Self.gateway([Self.shop, "http://127.0.0.1:3000"], tokens: ["secret"])
        let token = "Authorization: Bearer secret"
        for (target, status) in [("/status", 200), ("/nothing", 404), ("/status/x", 400), ("/health/live", 200)] {
            let answer = try RawHTTP.get(gateway.port, target, headers: ["Origin: \(Self.shop)", token])
            #expect(answer.status == status && answer.header("Access-Control-Allow-Origin") == Self.shop, "\(target)")
            #expect(answer.header("Access-Control-Allow-Credentials") == "true")
            let exposed = answer.header("Access-Control-Expose-Headers") ?? ""
            #expect(["ETag", "Retry-After", "Location", "Link", "RateLimit"].allSatisfy { exposed.contains($0) })
            #expect(answer.headers.contains { $0.name == "Vary" && $0.value == "Origin" })
            let other = try RawHTTP.get(gateway.port, target, headers: ["Origin: https://evil.example", token])
            #expect(other.header("Access-Control-Allow-Origin") == nil, "\(target)")
            #expect(other.headers.contains { $0.name == "Vary" && $0.value == "Origin" })
        }
        let refused = try RawHTTP.get(gateway.port, "/status", headers: ["Origin: \(Self.shop)"])
        #expect(refused.status == 401 && refused.header("Access-Control-Allow-Origin") == Self.shop)
        let stream = try EventStreamClient(port: gateway.port, "/events", headers: ["Origin: \(Self.shop)", token])
        #expect(stream.status == 200 && stream.head.contains("Access-Control-Allow-Origin: \(Self.shop)"))
    }

    /// Of a gateway that asks for no credential.
    @Test func listedPagesMayChangeSomethingAndAllOthersMayNot() throws {
        let listed = try Self.gateway([Self.shop])
        func post(_ gateway: GatewayFixture, _ origin: String) throws -> RawAnswer {
            try RawHTTP.post(
                gateway.port, #"{"tags":["a"]}"#, headers: ["Origin: \(origin)", "Sec-Fetch-Site: cross-site"])
        }
        #expect(try post(listed, Self.shop).status == 202)
        #expect(try post(listed, "https://evil.example").status == 403)
        let all = try Self.gateway(["*"])
        let refused = try post(all, Self.shop)
        #expect(refused.status == 403 && refused.string("type") == "/problems/foreign-origin")
        let read = try RawHTTP.get(all.port, "/status", headers: ["Origin: https://any.example"])
        #expect(read.status == 200 && read.header("Access-Control-Allow-Origin") == "*")
        #expect(read.header("Access-Control-Allow-Credentials") == nil)
        let guarded = try Self.gateway(["*"], tokens: ["secret"])
        let accepted = try RawHTTP.post(
            guarded.port, #"{"tags":["a"]}"#,
            headers: ["Origin: https://any.example", "Authorization: Bearer secret"])
        #expect(accepted.status == 202 && accepted.header("Access-Control-Allow-Origin") == "*")
    }

    @Test func withoutOriginsNothingIsSaid() throws {
        let gateway = try GatewayFixture()
        let answer = try Self.preflight(gateway, "/invalidate", "POST")
        #expect(answer.status == 204 && answer.header("Access-Control-Allow-Origin") == nil)
        #expect(answer.header("Vary") == nil)
    }
}
