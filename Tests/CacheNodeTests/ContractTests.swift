import Foundation
import TestSupport
import Testing

/// Contract: what each call of one entry is answered with, and in which order calls are looked at.
struct ContractTests {
    private let fixture: CacheFixture

    init() throws {
        fixture = try CacheFixture()
    }

    @Test func aMissingKeyComesFirst() throws {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "BREW"] {
            for target in ["/cache", "/cache/", "/cache?key=", "/cache?Key=a", "/cache?namespace=shop"] {
                let answer = try RawHTTP.get(fixture.port, target, method: method)
                #expect(answer.status == 400, "\(method) \(target)")
                if method != "HEAD" { #expect(answer.text == "Missing key parameter") }
                #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
            }
        }
        // The first one counts.
        #expect(try RawHTTP.get(fixture.port, "/cache?key=&key=a").text == "Missing key parameter")
    }

    @Test func otherMethodsComeNext() throws {
        let answer = try RawHTTP.get(fixture.port, "/cache?key=a", method: "PATCH")
        #expect(answer.status == 405)
        #expect(answer.text == "Method not allowed")
        #expect(answer.header("Allow") == "GET, HEAD, POST, PUT, DELETE, OPTIONS")
    }

    @Test func aMissIsText() throws {
        let answer = try fixture.get("nothing")
        #expect(answer.status == 404)
        #expect(answer.text == "Not found")
        #expect(answer.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(answer.header("Cache-Status") == "cachesync; fwd=uri-miss")
        #expect(answer.header("Cache-Control") == "no-store")
    }

    @Test(arguments: ["application/json", "text/html, application/problem+json;q=0.5", "APPLICATION/JSON"])
    func errorsAreProblemsForWhoAsksForJSON(_ accepted: String) throws {
        let missing = try RawHTTP.get(fixture.port, "/cache", headers: ["Accept: \(accepted)"])
        #expect(missing.status == 400)
        #expect(missing.header("Content-Type") == "application/problem+json")
        #expect(missing.string("detail") == "Missing key parameter")
        let miss = try fixture.get("nothing", headers: ["Accept: \(accepted)"])
        #expect(miss.int("status") == 404)
        #expect(miss.string("detail") == "Not found")
    }

    @Test(arguments: ["*/*", "text/plain", "application/json;q=0", "application/json; q=0.000"])
    func errorsAreTextForOthers(_ accepted: String) throws {
        #expect(try fixture.get("nothing", headers: ["Accept: \(accepted)"]).text == "Not found")
    }

    @Test(arguments: [
        "1", "null", "\"\"", "12345678901234567890123456789012345678901234567890", "1.0e5", "[1 , 2]", "{\"a\" :{}}",
        "\"\\u00e9\\\"}\"", "\"é\"", "[\"]\",\"\\\\\"]", "-0.10",
    ])
    func aValueIsKeptAsItWasSent(_ value: String) throws {
        let stored = try fixture.post("a", "{\"ttl\":60,\"value\" :\n \(value) ,\"tags\":[\"t\"]}")
        #expect(stored.status == 200)
        #expect(stored.text == "{\"success\":true}")
        #expect(stored.header("Content-Type") == "application/json")
        #expect(stored.header("Cache-Durability") == "memory")
        #expect(stored.header("Cache-Status") == "cachesync; stored; ttl=60")
        let read = try fixture.get("a")
        #expect(read.status == 200)
        #expect(read.text == value)
        #expect(read.header("Content-Type") == "application/json")
        #expect(read.header("ETag") == stored.header("ETag"))
        #expect((0...30).contains(Int(try #require(read.header("Age"))) ?? -1))
        #expect(read.header("Cache-Groups") == "\"t\"")
        let status = try #require(read.header("Cache-Status"))
        let control = try #require(read.header("Cache-Control"))
        let fresh = try #require(Int(control.dropFirst("max-age=".count)))
        #expect((30...60).contains(fresh) && control == "max-age=\(fresh)" && status == "cachesync; hit; ttl=\(fresh)")
    }

    @Test func theLastOfRepeatedMembersCounts() throws {
        #expect(try fixture.post("a", "{\"value\":1,\"\\u0076alue\":[2],\"ttl\":0}").status == 200)
        #expect(try fixture.get("a").text == "[2]")
    }

    @Test func headIsLikeGetWithoutTheBody() throws {
        _ = try fixture.post("a", "{\"value\":[1,2,3]}")
        let answer = try fixture.get("a", method: "HEAD")
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(answer.header("Content-Length") == "7")
        #expect(try fixture.get("b", method: "HEAD").status == 404)
    }

    @Test func keysAndNamespacesAreApart() throws {
        _ = try fixture.post("a%2Fb", "{\"value\":1}")
        _ = try fixture.post("b", "{\"value\":2}", "&namespace=a")
        #expect(try fixture.get("a/b").text == "1")
        #expect(try fixture.get("b").status == 404)
        #expect(try fixture.get("b", "&namespace=a").text == "2")
        #expect(try RawHTTP.get(fixture.port, "/cache/?namespace=a&key=b").text == "2")
        #expect(try fixture.get("b", "&namespace=default").status == 404)
        // Blanks, and two spellings of one letter.
        _ = try fixture.post("x+y%20z", "{\"value\":3}")
        #expect(try fixture.get("x%20y+z").text == "3")
        _ = try fixture.post("%C3%A9", "{\"value\":4}")
        #expect(try fixture.get("e%CC%81").status == 404)
        #expect(try fixture.get("a", "&namespace=a%2Fb").status == 400)
        #expect(try fixture.get(String(repeating: "k", count: 1_024)).status == 404)
        let long = try fixture.get(String(repeating: "k", count: 1_025))
        #expect(long.status == 400)
        #expect(long.text == "the key is longer than 1024 bytes")
    }

    @Test func deletesAreAlwaysDone() throws {
        _ = try fixture.post("a", "{\"value\":1}")
        for _ in 0..<2 {
            let answer = try fixture.delete("a")
            #expect(answer.status == 200)
            #expect(answer.text == "{\"success\":true}")
            #expect(try fixture.get("a").status == 404)
        }
    }

    @Test func putsCountDistinctEntries() throws {
        for number in 0..<10 {
            _ = try fixture.post("k\(number)", "{\"value\":\(number),\"tags\":[\"all\",\"t\(number % 2)\"]}")
        }
        // The key of https://shop.example/a: base64 of the address behind `url:`.
        _ = try fixture.post("url:aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYQ==", "{\"value\":1}")
        let url = try fixture.put("any", "{\"urls\":[\"https://shop.example/a\"]}")
        #expect(url.status == 200)
        #expect(url.text == "{\"success\":true,\"invalidated\":1}")
        #expect(try fixture.put("any", "{\"tags\":[\"t0\",\"t0\"]}").text == "{\"success\":true,\"invalidated\":5}")
        #expect(
            try fixture.put("any", "{\"tags\":[\"all\",\"t1\",\"none\"],\"urls\":null}").text
                == "{\"success\":true,\"invalidated\":5}")
        #expect(try fixture.put("any", "{}").text == "{\"success\":true,\"invalidated\":0}")
        #expect(try fixture.put("any", "{}", "&namespace=never-seen").text == "{\"success\":true,\"invalidated\":0}")
        #expect(try fixture.get("k1").status == 404)
    }

    @Test func optionsTellTheMethods() throws {
        let answer = try RawHTTP.get(fixture.port, "/cache", method: "OPTIONS")
        #expect(answer.status == 204)
        #expect(answer.header("Allow") == "GET, HEAD, POST, PUT, DELETE, OPTIONS")
    }

    @Test func otherPathsAreNotServed() throws {
        #expect(try RawHTTP.get(fixture.port, "/other").status == 404)
        #expect(try RawHTTP.get(fixture.port, "/cache/other?key=a").status == 404)
        #expect(try RawHTTP.get(fixture.port, "/health/live").status == 200)
        #expect(try RawHTTP.get(fixture.port, "/health/ready").status == 200)
        #expect(try RawHTTP.get(fixture.port, "/metrics").text.contains("cachesync_cache_requests_total"))
    }
}
