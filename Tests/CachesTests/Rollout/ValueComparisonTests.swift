import Caches
import Testing

/// Comparing documents: what is the same to a reader of JSON is the same here.
struct ValueComparisonTests {
    private static func difference(_ a: String?, _ b: String?, _ ignored: [String] = []) -> String? {
        ValueComparison(ignoring: ignored.compactMap { JSONPointer($0) })
            .difference(a.map { Array($0.utf8) }, b.map { Array($0.utf8) })
    }

    @Test(
        arguments: [
            ("{\"a\":1,\"b\":2}", " { \"b\" : 2, \"a\" : 1 } "), ("1.0", "1"), ("10e-1", "1"), ("0.05", "5e-2"),
            ("100", "1e2"), ("-0", "0"), ("0.0e9", "0"), ("1E+2", "100.00"), ("\"\\u0041\\/\"", "\"A/\""),
            ("\"\\ud83d\\ude00\"", "\"😀\""), ("{\"a\":1,\"a\":2}", "{\"a\":2}"), ("[ ]", "[]"), ("no json", "no json"),
            ("12345678901234567890123", "12345678901234567890123.0"), ("1e3", "1000"), ("1.5e1", "15"),
            ("9223372036854775808", "9223372036854775808.0"), ("0.1", "0.10000000000000001"),
        ] as [(String, String)])
    func theSameInOtherWordsIsEqual(_ a: String, _ b: String) {
        #expect(Self.difference(a, b) == nil)
        #expect(Self.difference(b, a) == nil)
        #expect(Self.difference("{\"x\":[\(a)]}", "{\"x\":[\(b)]}") == nil || a == "no json")
    }

    @Test(
        arguments: [
            ("{\"a\":1}", "{\"a\":2}", "/a"), ("{\"a\":1}", "{}", "/a"), ("[1,2,3]", "[1,2]", "/2"), ("1", "\"1\"", ""),
            ("{\"a\":{\"b/c~\":[0,1]}}", "{\"a\":{\"b/c~\":[0,2]}}", "/a/b~1c~0/1"), ("null", "{}", ""),
            ("18446744073709551615", "18446744073709551614", ""), ("0.1", "0.10000000000000002", ""),
            ("9007199254740993", "9007199254740992", ""), ("-9223372036854775808", "-9223372036854775807", ""),
            ("true", "false", ""), ("[1,2]", "[2,1]", "/0"),
            ("no json", "1", ""), ("{\"a\":01}", "{\"a\":1}", ""), ("[1,]", "[1]", ""), ("\"\\ud800\"", "\"a\"", ""),
            ("1e99999999999999999999", "1", ""),
        ] as [(String, String, String)])
    func aDifferenceSaysWhereItIs(_ a: String, _ b: String, _ path: String) {
        #expect(Self.difference(a, b) == path)
        #expect(Self.difference(b, a) == path)
    }

    @Test func nothingIsTheSameAsNothingAlone() {
        #expect(Self.difference(nil, nil) == nil)
        #expect(Self.difference(nil, "null") == "" && Self.difference("null", nil) == "")
    }

    @Test func ignoredPartsMayDiffer() {
        let (a, b) = ("{\"at\":1,\"v\":[{\"at\":1,\"x\":0},{\"at\":2}]}", "{\"at\":2,\"v\":[{\"at\":3,\"x\":0},{}]}")
        #expect(Self.difference(a, b) == "/at")
        #expect(Self.difference(a, b, ["/at"]) == "/v/0/at")
        #expect(Self.difference(a, b, ["/at", "/v/*/at"]) == nil)
        #expect(Self.difference(a, b, ["/at", "/v/0"]) == "/v/0/at", "the others have moved up")
        #expect(Self.difference(a, b, ["/at", "/v/x", "/nothing"]) == "/v/0/at")
        #expect(Self.difference("{\"a/b\":1,\"m~n\":1}", "{}", ["/a~1b", "/m~0n"]) == nil)
    }

    @Test(arguments: ["", "a", "/a~2", "/a~", "/" + String(repeating: "x", count: 256)])
    func whatIsNoPointerIsRefused(_ text: String) { #expect(JSONPointer(text) == nil) }

    @Test func documentsThatAreNestedDeepEndInABoundedWay() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(Self.difference(deep, "1") == "")
        let (a, b) = (Self.nested(500, "1"), Self.nested(500, "2"))
        #expect(Self.difference(a, a + " ") == nil)
        #expect(Self.difference(a, b) == String(repeating: "/0", count: 500))
        #expect(Self.difference(Self.nested(600, "1"), Self.nested(600, "1") + " ") == "", "deeper than what is read")
    }

    private static func nested(_ depth: Int, _ text: String) -> String {
        String(repeating: "[", count: depth) + text + String(repeating: "]", count: depth)
    }
}
