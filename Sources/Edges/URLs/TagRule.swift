internal import Invalidations

/// Tags travel in headers, separated by blanks or commas; no tag may hold what would separate or end one.
enum TagRule {
    static func refusal(of tag: String) -> PurgeFailure? {
        guard !TagForm.isAllowed(tag.utf8) else { return nil }
        return PurgeFailure(
            .permanentItem,
            "the tag \"\(AnswerText.excerpt(tag.utf8, bytesMax: 80))\" must have 1 to \(Limits.tagBytes) "
                + "printable ASCII characters without space and comma")
    }
}
