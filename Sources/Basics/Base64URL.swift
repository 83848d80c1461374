/// Base64 with the alphabet of URLs and without padding (RFC 4648, section 5).
public enum Base64URL {
    public static func text(_ bytes: [UInt8]) -> String {
        String(decoding: Base64.digits(of: bytes, .url, isPadded: false), as: UTF8.self)
    }

    /// Nil for anything that `text` does not write.
    public static func bytes(_ text: Substring) -> [UInt8]? {
        let reading = Base64.read(text.utf8, .url)
        return reading.isWhole && reading.isEven ? reading.bytes : nil
    }
}
