internal import Basics

/// Key of a URL: `url:` and the base64 of its bytes, as browsers' `btoa` writes it.
public enum URLKey {
    static let mark = Array("url:".utf8)
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The keys that an invalidation of the URL means: as it is written, and normalised.
    ///
    /// Clients make keys themselves, so both spellings may be in use. URLs that no key can hold give none.
    public static func keys(url: String) -> [CacheKey] {
        spellings(url, isPrefix: false).compactMap { try? CacheKey(mark + base64($0)) }
    }

    /// The prefixes of keys that an invalidation of a URL prefix means, in both spellings.
    public static func prefixes(url: String) -> [KeyPrefix] {
        spellings(url, isPrefix: true).map(KeyPrefix.init(urlBytes:))
    }

    private static func spellings(_ url: String, isPrefix: Bool) -> [[UInt8]] {
        let given = Array(url.utf8)
        let normalised = URLSpelling.normalised(given, isPrefix: isPrefix)
        return normalised == given ? [given] : [given, normalised]
    }

    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for digit in 0...group.count { text.append(digits[Int(bits >> UInt32(18 - 6 * digit)) & 63]) }
            for _ in group.count..<3 { text.append(UInt8(ascii: "=")) }
        }
        return text
    }

    /// What a digit stands for; nil for any other byte, the padding included.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
