internal import Basics
internal import Crypto

/// Entity tags of answers, and conditions that name them (RFC 9110, sections 8.8.3 and 13.1.2).
package enum EntityTag {
    private static let digits = 32

    /// A weak tag: bodies with the same tag say the same. As of when they say it makes no difference.
    package static func weak(of body: [UInt8]) -> String {
        "W/\"\(Hexadecimal.text(SHA256Digest.of(withoutTime(body)).prefix(digits / 2)))\""
    }

    /// Whether one of the tags in the fields is the same, weak or not; so is `*`.
    ///
    /// - Parameter fields: values of `If-None-Match`.
    package static func isNamed(_ tag: String, in fields: [String]) -> Bool {
        fields.contains { EntityTagList.names(tag, in: $0, isWeak: true) }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let timeKey = Array(#""asOf":""#.utf8)

    private static func withoutTime(_ body: [UInt8]) -> [UInt8] {
        guard let time = time(in: body) else { return body }
        var text = body
        text.removeSubrange(time)
        return text
    }

    /// Where the body tells as of when it is; nil where it does not.
    ///
    /// Within a text of JSON quotes are escaped, so what looks like the member is the member.
    static func time(in body: [UInt8]) -> Range<Int>? {
        guard let start = lastIndex(of: timeKey, in: body) else { return nil }
        let value = start + timeKey.count
        return body[value...].firstIndex(of: quote).map { value..<$0 }
    }

    /// From the end, near which the member stands.
    private static func lastIndex(of key: [UInt8], in body: [UInt8]) -> Int? {
        var start = body.count - key.count
        while start >= 0 {
            if body[start] == key[0], body[start..<(start + key.count)].elementsEqual(key) { return start }
            start -= 1
        }
        return nil
    }
}
