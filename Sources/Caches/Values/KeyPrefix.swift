internal import Basics

/// Beginning of keys: bytes, and up to two more bytes of a URL behind them in base64.
///
/// Three bytes of a URL are four digits, so a prefix of a URL is a prefix of its key but for the last digits.
public struct KeyPrefix: Hashable, Sendable {
    /// All keys begin with it that the prefix covers.
    package let stem: [UInt8]
    let tail: [UInt8]

    /// Keys that begin with these bytes.
    public init(keyBytes: [UInt8]) {
        stem = keyBytes
        tail = []
    }

    init(stem: [UInt8], tail: [UInt8]) {
        (self.stem, self.tail) = (stem, tail)
    }

    /// Keys of URLs that begin with these bytes.
    init(urlBytes: [UInt8]) {
        let whole = urlBytes.count - urlBytes.count % 3
        stem = URLKey.mark + URLKey.base64(Array(urlBytes[..<whole]))
        tail = Array(urlBytes[whole...])
    }

    public var byteCount: Int { stem.count + tail.count }

    public func covers(_ key: CacheKey) -> Bool {
        let bytes = key.bytes
        guard bytes.count >= stem.count, bytes.starts(with: stem) else { return false }
        guard !tail.isEmpty else { return true }
        return Base64.read(bytes[stem.count...].prefix(4), .standard).bytes.starts(with: tail)
    }
}
