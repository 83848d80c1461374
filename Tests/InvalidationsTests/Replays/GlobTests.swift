import Foundation
import Invalidations
import TestSupport
import Testing

/// Tests of globs.
struct GlobTests {
    @Test(arguments: [
        ("shop", "shop", true), ("shop", "shops", false), ("shop", "sho", false), ("shop", "", false),
        ("*", "", true), ("*", "anything", true), ("**", "", true), ("shop-*", "shop-", true),
        ("shop-*", "shop", false), ("*-42", "product-42", true), ("*-42", "product-421", false),
        ("a*b*c", "abc", true), ("a*b*c", "a-b-b-c", true), ("a*b*c", "acb", false), ("*a*", "bab", true),
        ("?", "a", true), ("?", "", false), ("?", "ab", false), ("?", "ü", true), ("?", "🦊", true), ("??", "ü", false),
        ("product-?", "product-4", true), ("product-?", "product-42", false), ("?*", "", false), ("?*", "x", true),
        ("https://a.example/p?id=*", "https://a.example/p?id=7", true), ("Shop", "shop", false), ("é", "é", true),
        ("*ü?", "aüb", true), ("?b", "üb", true), ("?b", "ü", false),
    ])
    func aGlobMatchesTheWholeText(pattern: String, text: String, matches: Bool) throws {
        #expect(try Glob(pattern).matches(text) == matches, "\(pattern) \(text)")
    }

    /// Patterns of one machine word, at its edge, and of several.
    @Test(arguments: [1, 62, 63, 64, 65, 127, 128, 129, 1_000])
    func longPatternsMatchToTheirEnd(length: Int) throws {
        let text = String(repeating: "a", count: length)
        #expect(try Glob(text).matches(text))
        #expect(try !Glob(text).matches(text + "a") && !Glob(text).matches(String(text.dropLast())))
        #expect(try Glob("*" + text).matches("b" + text) && Glob(text + "*").matches(text + "b"))
        #expect(try !Glob("*" + text).matches(text + "b"))
    }

    /// Of `?`, `*` and two characters, so that much matches in more than one way.
    @Test func globsMatchAsTheReferenceDoes() throws {
        var generator = SeededGenerator.printed("globs")
        let alphabet: [Character] = ["a", "b", "ü", "*", "?"]
        for _ in 0..<20_000 {
            let pattern = String(
                (0...Int.random(in: 0...8, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "a"
                })
            let text = String(
                (0..<Int.random(in: 0...10, using: &generator)).map { _ in
                    alphabet[0..<3].randomElement(using: &generator) ?? "a"
                })
            let expected = Self.reference(Array(pattern.unicodeScalars)[...], Array(text.unicodeScalars)[...])
            #expect(try Glob(pattern).matches(text) == expected, "\(pattern) \(text)")
        }
    }

    private static func reference(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return reference(pattern.dropFirst(), text) || (!text.isEmpty && reference(pattern, text.dropFirst()))
        }
        guard let scalar = text.first, first == "?" || first == scalar else { return false }
        return reference(pattern.dropFirst(), text.dropFirst())
    }

    /// A matcher that tries one way after the other would not come to an end.
    @Test(.timeLimit(.minutes(1)))
    func manyStarsTakeNoLonger() throws {
        let glob = try Glob(String(repeating: "*a", count: 500) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 8_192)))
    }

    @Test func whatIsNoPatternIsRefused() {
        #expect(throws: SelectionError("an empty pattern matches nothing: write * for all")) { try Glob("") }
        #expect(throws: SelectionError.self) { try Glob(String(repeating: "a", count: Glob.bytesMax + 1)) }
        #expect(throws: SelectionError.self) { try Glob("a\nb") }
        #expect(throws: Never.self) { try Glob(String(repeating: "a", count: Glob.bytesMax)) }
    }
}
