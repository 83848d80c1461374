internal import Invalidations

/// Tags travel in headers, separated by blanks or commas; no tag may hold what would separate or end one.
enum TagRule {
    static func refusal(of tag: String) -> PurgeFailure? {
        let isFit =
            !tag.isEmpty && tag.utf8.count <= Limits.tagBytes
            && tag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
        guard !isFit else { return nil }
        return PurgeFailure(
            .permanentItem,
            "the tag \"\(AnswerText.excerpt(tag.utf8, bytesMax: 80))\" must have 1 to \(Limits.tagBytes) "
                + "printable ASCII characters without space and comma")
    }
}
