import Foundation
import HTTP
import Runtime
import TestSupport
import Testing

/// Against a real nginx.
@Suite(.timeLimit(.minutes(2)))
struct HTTPClientTests {
    private static let host = """
        default_type text/plain;
        root {directory};
        location = /hello { return 200 "hello"; }
        location = /empty { return 204; }
        location = /moved { return 302 http://elsewhere.example/new; }
        location = /busy { add_header Retry-After 7 always; return 503 "later"; }
        location = /budget {
            add_header RateLimit '"default";r=0;t=30';
            add_header x-ratelimit-Remaining 0;
            add_header X-Rate 1;
            return 200;
        }
        location /echo {
            set $fields "$http_x_key|$content_type|$http_expect|$http_user_agent";
            return 200 "$request_method|$request_uri|$fields|$server_protocol";
        }
        """

    private func request(_ server: NginxServer, _ path: String, method: String = "GET") -> HTTPClientRequest {
        HTTPClientRequest(method: method, url: server.url + path)
    }

    @Test func readsAnAnswer() throws {
        let server = try NginxServer(Self.host)
        let response = try #require(try ClientHarness().perform(request(server, "/hello")).response)
        #expect(response.status == 200)
        #expect(response.reason == "OK")
        #expect(response.text == "hello")
        #expect(response.contentType == "text/plain")
        #expect(response.server?.hasPrefix("nginx") == true)
        #expect(response.retryAfter == nil && response.location == nil)
    }

    /// A handle gives a large body back when it is used for the next request, which stays what it is.
    @Test(arguments: ["GET", "HEAD", "DELETE", "POST", "PUT", "PURGE"])
    func theMethodIsItsOwnAfterALargeBody(method: String) throws {
        let server = try NginxServer(Self.host)
        let harness = try ClientHarness()
        for size in [20_000, 10, 0, 20_000] {
            var before = request(server, "/echo/before", method: "POST")
            before.body = [UInt8](repeating: 0x31, count: size)
            #expect(try harness.perform(before).response?.text.hasPrefix("POST|/echo/before|") == true)
            for round in 0..<2 {
                let answer = try harness.perform(request(server, "/echo/\(round)", method: method)).response
                #expect(answer?.status == 200)
                let text = method == "HEAD" ? "" : "\(method)|/echo/\(round)|"
                #expect(answer?.text.hasPrefix(text) == true, "after \(size) bytes: \(answer?.text ?? "")")
                #expect(method != "HEAD" || answer?.text.isEmpty == true)
            }
        }
    }

    @Test func passesRedirectsUp() throws {
        let server = try NginxServer(Self.host)
        let response = try #require(try ClientHarness().perform(request(server, "/moved")).response)
        #expect(response.status == 302)
        #expect(response.location == "http://elsewhere.example/new")
    }

    @Test func readsRetryAfter() throws {
        let server = try NginxServer(Self.host)
        let harness = try ClientHarness()
        let response = try #require(try harness.perform(request(server, "/busy")).response)
        #expect(response.status == 503)
        #expect(response.retryAfter == .seconds(7))
        // The handle that read it is used again, and does not remember.
        #expect(try harness.perform(request(server, "/hello")).response?.retryAfter == nil)
    }

    @Test func keepsRateLimitFields() throws {
        let server = try NginxServer(Self.host)
        let harness = try ClientHarness()
        let response = try #require(try harness.perform(request(server, "/budget")).response)
        #expect(response.rateLimits.fields.map(\.name) == ["RateLimit", "x-ratelimit-Remaining"])
        #expect(response.rateLimits.fields.map(\.value) == [#""default";r=0;t=30"#, "0"])
        #expect(try harness.perform(request(server, "/hello")).response?.rateLimits.fields.isEmpty == true)
    }

    @Test func keepsTheFirstFewRateLimitFields() throws {
        let server = try RawServer { connection in
            while connection.readRequest() != nil {
                connection.answer(headers: (0..<100).map { "RateLimit-\($0): \($0)" })
            }
        }
        let response = try ClientHarness().perform(HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/")).response
        #expect(response?.rateLimits.fields.map(\.value) == (0..<16).map { "\($0)" })
    }

    @Test(arguments: ["GET", "DELETE", "PURGE", "PURGEKEYS", "BAN", "OPTIONS"])
    func sendsAnyMethod(_ method: String) throws {
        let server = try NginxServer(Self.host)
        var request = request(server, "/echo/a/../b?x=1", method: method)
        request.headers = [(name: "X-Key", value: "product-42")]
        let text = try #require(try ClientHarness().perform(request).response?.text)
        #expect(text == "\(method)|/echo/a/../b?x=1|product-42|||cachesync/0.1.0|HTTP/1.1")
    }

    @Test func headHasNoBody() throws {
        let server = try NginxServer(Self.host)
        let responses = try ClientHarness().perform([
            request(server, "/hello", method: "HEAD"), request(server, "/hello"), request(server, "/empty"),
        ])
        #expect(responses.map { $0.response?.status } == [200, 200, 204])
        #expect(responses.map { $0.response?.text } == ["", "hello", ""])
    }

    @Test func sharedHeadersServeManyRequests() throws {
        let server = try NginxServer(Self.host)
        let shared = try HTTPHeaderList([("X-Key", "shared"), ("Content-Type", "a/b")])
        let harness = try ClientHarness()
        let requests = (0..<100).map { index in
            HTTPClientRequest(url: server.url + "/echo/\(index)", sharedHeaders: index % 3 == 0 ? nil : shared)
        }
        let texts = try harness.perform(requests).map { $0.response?.text ?? "" }
        for (index, text) in texts.enumerated() {
            let fields = index % 3 == 0 ? "||" : "shared|a/b|"
            #expect(text.hasPrefix("GET|/echo/\(index)|\(fields)"), "\(text)")
        }
    }

    @Test func goesThroughAConfiguredProxy() throws {
        let server = try NginxServer(#"location / { return 200 "$request"; }"#)
        var configuration = HTTPClientConfiguration()
        configuration.proxy = server.url
        let result = try ClientHarness(configuration).perform(
            HTTPClientRequest(url: "http://behind.example/page"))
        #expect(result.response?.text == "GET http://behind.example/page HTTP/1.1")
    }

    @Test func readsALargeBodyUpToItsLimit() throws {
        let server = try NginxServer(Self.host)
        let size = 100 * 1024 * 1024
        try server.directory.write("huge", "")
        let file = try #require(FileHandle(forWritingAtPath: server.directory.file("huge")))
        try file.truncate(atOffset: UInt64(size))
        try server.directory.write("exact", String(repeating: "x", count: 1000))

        let harness = try ClientHarness()
        let failure = try #require(try harness.perform(request(server, "/huge")).failure)
        #expect(failure.kind == .tooLarge)
        #expect(failure.mayHaveBeenSent)
        var unwanted = request(server, "/huge")
        unwanted.keepsBody = false
        let response = try #require(try harness.perform(unwanted).response)
        #expect(response.status == 200 && response.body.isEmpty)

        var exact = request(server, "/exact")
        for (limit, fits) in [(1000, true), (999, false)] {
            exact.responseBytesMax = limit
            #expect((try harness.perform(exact).response?.body.count == 1000) == fits)
        }
    }

    @Test func thousandsOfRequestsOnAFewConnections() throws {
        let server = try NginxServer(#"location / { return 200 "$connection"; }"#)
        var configuration = HTTPClientConfiguration()
        configuration.connectionsPerHostMax = 8
        let harness = try ClientHarness(configuration)
        defer { harness.client.onFinish = nil }  // it holds the harness
        var seen: Set<String> = []
        var sent = 0
        var answered = 0
        let total = 5000
        func next() {
            sent += 1
            harness.client.send(request(server, "/\(sent)", method: "PURGE"), token: UInt64(sent))
        }
        harness.client.onFinish = { _, result in
            answered += 1
            seen.insert(result.response?.text ?? "\(result)")
            if sent < total { next() } else if harness.client.inFlight == 0 { harness.loop.stop() }
        }
        for _ in 0..<64 { next() }
        try harness.loop.run(within: .seconds(60))
        #expect(answered == total)
        #expect(seen.count <= 8, "\(seen)")
    }
}
