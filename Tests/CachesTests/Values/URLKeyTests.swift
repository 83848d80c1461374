import Caches
import Foundation
import TestSupport
import Testing

/// Keys of URLs, and prefixes of URLs on them.
struct URLKeyTests {
    private func key(_ url: String) throws -> CacheKey {
        try CacheKey("url:" + Data(url.utf8).base64EncodedString())
    }

    @Test func isWhatBrowsersMake() throws {
        #expect(URLKey.keys(url: "https://example.com/a") == [try key("https://example.com/a")])
    }

    @Test(arguments: [
        ("HTTPS://Example.COM/A", "https://example.com/A"), ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80", "http://example.com/"), ("http://example.com:8080/", "http://example.com:8080/"),
        ("https://example.com?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/%7euser/%2f%e9", "https://example.com/~user/%2F%E9"),
        ("https://example.com/\u{E9}", "https://example.com/%C3%A9"),
        ("https://example.com/%", "https://example.com/%"),
        ("https://example.com/%4", "https://example.com/%4"), ("ftp://Example.com/", "ftp://Example.com/"), ("", ""),
    ])
    func invalidationsMeanBothSpellings(_ url: String, _ normalised: String) throws {
        let expected = url == normalised ? [try key(url)] : [try key(url), try key(normalised)]
        #expect(URLKey.keys(url: url) == expected)
    }

    @Test func aURLThatIsTooLongHasNoKey() {
        #expect(URLKey.keys(url: "https://example.com/" + String(repeating: "a", count: 1_000)).isEmpty)
    }

    /// Against the URLs themselves.
    @Test func prefixesMeanWhatBeginsWithThem() throws {
        var random = SeededGenerator.printed("prefixes of URLs")
        func path(_ longest: Int) -> String {
            String(
                decoding: (0..<Int.random(in: 0...longest, using: &random)).map { _ in
                    Array("ab/".utf8)[Int.random(in: 0..<3, using: &random)]
                }, as: UTF8.self)
        }
        for _ in 0..<3_000 {
            let own = path(8)
            let other = path(4)
            let url = "https://h.example/\(own)"
            let prefix = "https://h.example/\(other)"
            let isCovered = try URLKey.prefixes(url: prefix).contains { $0.covers(try key(url)) }
            #expect(isCovered == url.hasPrefix(prefix), "seed \(random.seed): \(prefix) of \(url)")
        }
    }

    @Test(arguments: [
        ("https://h.example/%4", "https://h.example/A"), ("https://h.example", "https://h.example/a"),
        ("HTTPS://H.example:443/a", "https://h.example/ab"), ("https://h.example/%7e", "https://h.example/~x"),
    ])
    func prefixesMissNothing(_ prefix: String, _ url: String) throws {
        let key = try key(url)
        #expect(URLKey.prefixes(url: prefix).contains { $0.covers(key) })
    }

    @Test(arguments: ["url:", "url:a", "url:====", "url:\u{1F600}", "plain", "url:aHR0"])
    func keysThatAreNoURLsAreNotMeant(_ text: String) throws {
        let key = try CacheKey(text)
        #expect(!URLKey.prefixes(url: "https://h.example/").contains { $0.covers(key) })
        #expect(KeyPrefix(keyBytes: Array(text.utf8)).covers(key))
    }
}
