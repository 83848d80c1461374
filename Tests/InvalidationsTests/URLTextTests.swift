import Foundation
import Invalidations
import TestSupport
import Testing

/// URLs as people have them, read as caches are asked for them.
struct URLTextTests {
    static func decode(_ field: String, _ url: String) throws(InvalidationError) -> String? {
        let text = url.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
        let value = try InvalidationDecoderTests.decode(
            "{\"id\":\"0190a1b2-0000-7000-8000-000000000001\",\"\(field)\":[\"\(text)\"]}")
        return field == "urls" ? value.selectors.urls.first : value.selectors.prefixes.first
    }

    @Test(arguments: [
        ("https://shop.example/café", "https://shop.example/caf%C3%A9"),
        ("https://shop.example/p?q=größe&x=%20#teil-ü", "https://shop.example/p?q=gr%C3%B6%C3%9Fe&x=%20#teil-%C3%BC"),
        ("https://shop.example/日本/€/😀", "https://shop.example/%E6%97%A5%E6%9C%AC/%E2%82%AC/%F0%9F%98%80"),
        ("HTTPS://shop.example/p", "https://shop.example/p"),
        ("Http://Shop.Example:8080/P", "http://Shop.Example:8080/P"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example:8443/ü", "https://xn--bcher-kva.example:8443/%C3%BC"),
        ("https://bu\u{308}cher.example", "https://xn--bcher-kva.example"),
        ("https://www.bücher.example?ü", "https://www.xn--bcher-kva.example?%C3%BC"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://παράδειγμα.δοκιμή/", "https://xn--hxajbheg2az3al.xn--jxalpdlp/"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"), ("https://例え。テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://пример.испытание/", "https://xn--e1afmkfd.xn--80akhbyknj4f/"),
        ("https://مثال.إختبار/", "https://xn--mgbh0fb.xn--kgbechtv/"),
        ("https://ｂücher.example/", "https://xn--bcher-kva.example/"),
        ("https://shop.example/a%2Ab", "https://shop.example/a%2Ab"), ("https://shop.example", "https://shop.example"),
    ])
    func charactersAreEncodedAndHostsGetTheirForm(_ url: String, _ normal: String) throws {
        #expect(try Self.decode("urls", url) == normal)
        // What is normal stays as it is.
        #expect(try Self.decode("urls", normal) == normal)
        guard !url.contains("?"), !url.contains("#") else { return }
        #expect(try Self.decode("prefixes", url) == normal)
    }

    @Test(arguments: [
        ("urls", "shop.example/p/1", "with its scheme: write https://shop.example/p/1"),
        ("urls", "//shop.example/p/1", "with its scheme: write https://shop.example/p/1"),
        ("urls", "/p/1", "with its scheme and host"), ("urls", "", "with its scheme and host"),
        ("urls", "ftp://a/b", "ftp is another scheme"), ("urls", "https:/shop.example/", "with its scheme"),
        ("urls", "http://", "names none"), ("urls", "https:///p", "names none"), ("urls", "https://?q", "names none"),
        ("urls", "https://shop.example/a b", "a blank as %20"), ("urls", "https://shop.example/ü b", "a blank as %20"),
        ("urls", "https://shop.example/w/*", "in prefixes, such as \"https://shop.example/w/\""),
        ("urls", "https://shop.example/*.css", "no wildcard in urls"), ("urls", "https://shop.example/p?x=*", "%2A"),
        ("urls", "https://*.shop.example/", "name each host"),
        ("prefixes", "https://shop.example/w/*", "a prefix means everything that begins with it"),
        ("prefixes", "https://shop.example/ü?q", "without query or fragment"),
        ("urls", "https://bü cher.example/", "blank"), ("urls", "https://bü..example/", "empty label"),
        ("urls", "https://😀.example/", "U+1F600 may not stand in one"), ("urls", "https://ü!.example/", "U+21 may not"),
        ("urls", "https://xn--ü.example/", "xn-- is ASCII"), ("urls", "https://user@bücher.example/", "user name"),
        ("urls", "https://bücher.example:ü/", "number as port"), ("urls", "https://\u{308}a.example/", "mark"),
        ("urls", "https://\(String(repeating: "ü", count: 64)).example/", "63 characters"),
        ("urls", "https://\(String(repeating: "ü", count: 3_000)).example/", "too long"),
        ("urls", "https://shop.example/\(String(repeating: "ü", count: 3_000))", "once it is percent-encoded"),
    ])
    func whatIsRefusedSaysWhatToWrite(_ field: String, _ url: String, _ words: String) {
        let error = #expect(throws: InvalidationError.self) { try Self.decode(field, url) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "nothing")")
        #expect(error?.message.hasPrefix("\(field)[0] must be an absolute http or https URL") == true)
        #expect(error?.reason == .invalidField(field))
        #expect((error?.message.utf8.count ?? 0) < 500)
    }

    /// Whatever the text, the result is printable ASCII within the bounds and is read as itself.
    @Test func anyTextIsMendedOrRefused() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "http", "HTTPS", "://", "/", ".", "ü", "ß", "日本", "xn--", "*", "?", "#", "@", ":", "80", "a", "\u{308}",
            " ",
        ]
        for _ in 0..<5_000 {
            var url = Bool.random(using: &random) ? "https://" : ""
            for _ in 0..<Int.random(in: 0...8, using: &random) { url += pieces.randomElement(using: &random)! }
            guard let normal = try? Self.decode("urls", url) else { continue }
            #expect(normal.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2A }, "\(url)")
            #expect((try? Self.decode("urls", normal)) == normal, "\(url)")
        }
    }
}
