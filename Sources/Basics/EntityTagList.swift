/// Lists of entity tags, as conditions have them (RFC 9110, sections 8.8.3 and 13.1).
public enum EntityTagList {
    /// Whether the list is `*`, or names the tag.
    ///
    /// - Parameters:
    ///   - tag: with its quotes, and `W/` before them if it is weak.
    ///   - isWeak: whether the comparison is: then `W/` makes no difference; otherwise a weak tag is like none.
    public static func names(_ tag: String, in list: String, isWeak: Bool) -> Bool {
        guard list.trimmingBlanks != "*" else { return true }
        guard isWeak || !tag.utf8.starts(with: weakMark) else { return false }
        let opaque = tag.utf8.drop { $0 != quote }
        var left = Substring(list).utf8
        while let start = left.firstIndex(of: quote) {
            guard let end = left[left.index(after: start)...].firstIndex(of: quote) else { return false }
            let isStrong = !left[..<start].reversed().starts(with: weakMark.reversed())
            if isWeak || isStrong, left[start...end].elementsEqual(opaque) { return true }
            left = left[left.index(after: end)...]
        }
        return false
    }

    private static let quote = UInt8(ascii: "\"")
    private static let weakMark = Array("W/".utf8)
}
