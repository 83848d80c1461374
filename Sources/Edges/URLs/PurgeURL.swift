internal import Invalidations

/// A publisher's URL or prefix, split for caches that are asked by path and `Host`.
///
/// Publishers are strangers: nothing gets through that could end a header or a request line, or lead out of the
/// path that purges.
struct PurgeURL: Hashable {
    let scheme: URLScheme
    /// As browsers send it: lower case, without the scheme's own port.
    let host: String
    /// Path and query, without fragment; begins with `/` and has no dot segments.
    let target: String

    /// - Throws: a permanent failure of the item that says what is wrong.
    init(_ text: String) throws(PurgeFailure) {
        let bytes = text.utf8
        guard bytes.count <= Limits.urlBytes else {
            throw PurgeFailure(.permanentItem, "a URL of \(bytes.count) bytes is too long")
        }
        let isSecure: Bool
        let start: String.Index
        if bytes.starts(with: "https://".utf8) {
            (isSecure, start) = (true, bytes.index(bytes.startIndex, offsetBy: 8))
        } else if bytes.starts(with: "http://".utf8) {
            (isSecure, start) = (false, bytes.index(bytes.startIndex, offsetBy: 7))
        } else {
            throw Self.refusal(text, "must begin with http:// or https://")
        }
        let split = Self.splitTarget(bytes[start...])
        guard let split else { throw Self.refusal(text, "may only hold printable ASCII; percent-encode all else") }
        guard let host = PublicHost.normalised(bytes[start..<split.start], isSecure: isSecure) else {
            throw Self.refusal(text, "has no valid host; write names with other letters in their xn-- form")
        }
        self.host = host
        scheme = isSecure ? .https : .http
        let target = String(Substring(bytes[split.start..<split.end]))
        let rooted = target.utf8.first == UInt8(ascii: "/") ? target : "/" + target
        self.target = split.mayHaveDots ? DotSegments.removed(from: rooted) : rooted
    }

    /// Where path and query begin and end, and whether a path segment may begin with a dot;
    /// nil for bytes that no URL has.
    private static func splitTarget(
        _ bytes: Substring.UTF8View
    ) -> (start: String.Index, end: String.Index, mayHaveDots: Bool)? {
        var start: Int?
        var end: Int?
        var mayHaveDots = false
        var previous: UInt8 = 0
        var offset = 0
        // Offsets, not indices: those of a String know of its encodings, and each step costs more.
        for byte in bytes {
            guard byte > 0x20, byte < 0x7F else { return nil }
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"): start = start ?? offset
            case UInt8(ascii: "#"):
                start = start ?? offset
                end = end ?? offset
            case UInt8(ascii: "."), UInt8(ascii: "%"):
                if start != nil, previous == UInt8(ascii: "/") { mayHaveDots = true }
            default: break
            }
            previous = byte
            offset += 1
        }
        func index(_ offset: Int?) -> String.Index {
            offset.map { bytes.index(bytes.startIndex, offsetBy: $0) } ?? bytes.endIndex
        }
        return (index(start), index(end), mayHaveDots)
    }

    private static func refusal(_ text: String, _ problem: String) -> PurgeFailure {
        PurgeFailure(.permanentItem, "the URL \(AnswerText.excerpt(text.utf8, bytesMax: 120)) \(problem)")
    }
}
