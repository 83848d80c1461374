internal import Invalidations

/// Reads the regular expression in which Magento names tags: `((^|,)cat_p_1(,|$))|((^|,)cms_b_2(,|$))`.
///
/// Nothing but that form is read. A purge by a guess at another expression would leave stale content behind.
enum MagentoPattern {
    private static let begin = "((^|,)"
    private static let end = "(,|$))"
    /// What means something in an expression. A full stop does, too, but Magento does not escape it in a tag.
    private static let special: Set<Character> = ["(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", "\\"]

    static func selectors(_ pattern: String) throws(DialectRefusal) -> Selectors {
        guard pattern != ".*" else { return Selectors(everything: true) }
        var tags: [String] = []
        var left = pattern[...]
        while true {
            guard left.hasPrefix(begin) else { throw refusal }
            left = left.dropFirst(begin.count)
            let tag = left.prefix { !special.contains($0) }
            left = left.dropFirst(tag.count)
            guard !tag.isEmpty, left.hasPrefix(end) else { throw refusal }
            left = left.dropFirst(end.count)
            tags.append(String(tag))
            if left.isEmpty { return Selectors(tags: tags) }
            guard left.first == "|" else { throw refusal }
            left = left.dropFirst()
        }
    }

    private static let refusal = DialectRefusal(
        title: "Unreadable pattern",
        "X-Magento-Tags-Pattern must be .* or an alternation of tags such as ((^|,)cat_p_1(,|$))|((^|,)cms_b_2(,|$)); "
            + "other regular expressions are not read. Nothing was published.")
}
