internal import Basics

/// Key of a URL: `url:` and the base64 of its bytes, as browsers' `btoa` writes it.
public enum URLKey {
    static let mark = Array("url:".utf8)

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

    static func base64(_ bytes: [UInt8]) -> [UInt8] { Base64.digits(of: bytes, .standard, isPadded: true) }
}
