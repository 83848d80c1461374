import Caches
import Testing

/// SipHash-1-3, against values of Python, whose own hash of bytes it is.
struct SipHashTests {
    @Test(
        arguments: [
            ("a", 0x407448d2b89b1813),
            ("abcdefg", 0x6db12aae9070f506),
            ("abcdefgh", 0x3f7b849c0b8e35ea),
            ("abcdefghi", 0xf89b34a3d11eb6e5),
            ("The quick brown fox jumps over the lazy dog", 0x8df676d3d00c451e),
        ] as [(String, UInt64)])
    func isTheKnownFunction(_ text: String, _ expected: UInt64) {
        #expect(SipHash(key0: 0, key1: 0).hash(Array(text.utf8)) == expected)
    }

    @Test func keyAndDomainMatter() {
        let bytes = Array("abc".utf8)
        let hashes = [
            SipHash(key0: 0, key1: 0).hash(bytes), SipHash(key0: 1, key1: 0).hash(bytes),
            SipHash(key0: 0, key1: 1).hash(bytes), SipHash(key0: 0, key1: 0).hash(bytes, domain: 7),
        ]
        #expect(Set(hashes).count == 4)
    }
}
