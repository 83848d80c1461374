import Edges
import Foundation
import Gateway
import TestSupport
import Testing

/// Tests of what web pages may do at a gateway that asks for no credential.
@Suite(.timeLimit(.minutes(2)))
struct OriginTests {
    private static func send(
        _ gateway: GatewayFixture, _ line: String, host: String, _ fields: [String] = []
    ) throws -> RawAnswer {
        let body = line.hasPrefix("POST") ? #"{"tags":["a"]}"# : nil
        return try gateway.send(line, host: host, fields, body: body)
    }

    @Test func namesThatAreNotTheGatewaysOwnAreRefused() throws {
        let gateway = try GatewayFixture {
            $0.hosts = [HostPattern("*.cache.example"), HostPattern("test")].compactMap(\.self)
        }
        let port = gateway.port
        let own = [
            "127.0.0.1", "127.0.0.1:\(port)", "localhost:1", "LOCALHOST", "[::1]:80", "a.localhost",
            "a.cache.example:80",
        ]
        for host in own {
            #expect(try Self.send(gateway, "POST /invalidate", host: host).status == 202, "\(host)")
            #expect(try Self.send(gateway, "GET /status", host: host).status == 200, "\(host)")
        }
        for host in [
            "evil.example", "127.0.0.1.evil.example", "127.evil.example", "localhost.evil.example", "cache.example",
        ] {
            for line in ["POST /invalidate", "GET /status", "GET /dead", "GET /metrics", "POST /replays"] {
                let answer = try Self.send(gateway, line, host: host)
                #expect(answer.status == 421 && answer.string("type") == "/problems/unknown-host", "\(line) \(host)")
            }
            #expect(try Self.send(gateway, "GET /health/live", host: host).status == 200)
            // Its host is what is to be purged.
            #expect(try Self.send(gateway, "PURGE /p", host: host).status == 200)
        }
        #expect(try gateway.metric(#"cachesync_gateway_refused_total{reason="origin"}"#) == 25)
    }

    @Test func pagesOfOtherOriginsChangeNothing() throws {
        let gateway = try GatewayFixture { $0.hosts = [HostPattern("console.example")].compactMap(\.self) }
        let host = "127.0.0.1:\(gateway.port)"
        let foreign = [
            "Origin: https://evil.example", "Origin: null", "Origin: http://127.0.0.1:1", "Origin: file://",
            "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: ", "Origin: ",
        ]
        for field in foreign {
            for line in ["POST /invalidate", "POST /replays", "PURGE /p", "POST /service/a/purge_all"] {
                let answer = try Self.send(gateway, line, host: host, [field])
                #expect(answer.status == 403, "\(line) \(field): \(answer)")
            }
        }
        // A name that was made to lead here sends its own origin: of a purge, both agree.
        #expect(try Self.send(gateway, "PURGE /p", host: "evil.example", ["Origin: http://evil.example"]).status == 403)
        let own = [
            "Origin: http://\(host)", "Origin: https://console.example", "Sec-Fetch-Site: same-origin",
            "Sec-Fetch-Site: none",
        ]
        for field in own {
            #expect(try Self.send(gateway, "POST /invalidate", host: host, [field]).status == 202, "\(field)")
        }
        #expect(try Self.send(gateway, "GET /status", host: host, [foreign[0]]).status == 200)
    }

    /// A page has no credential, so nothing of the page matters.
    @Test func whereACredentialIsAskedForHostsDoNotMatter() throws {
        let gateway = try GatewayFixture {
            $0.hosts = []
            $0.tokens = ["a-token"]
        }
        let fields = ["Origin: https://console.example", "Authorization: Bearer a-token"]
        #expect(try Self.send(gateway, "POST /invalidate", host: "purge.example", fields).status == 202)
        #expect(try Self.send(gateway, "POST /invalidate", host: "purge.example").status == 401)
    }
}
