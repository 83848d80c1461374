internal import Caches

/// Header fields of an answer with an entry.
struct EntryFields {
    let entry: CacheEntry
    let value: CacheValue
    let now: CacheTime
    /// Only the client itself may keep the answer.
    let isPrivate: Bool
    /// `Cache-Status` of an answer that is no plain hit.
    var status: String?

    var all: [(String, String)] {
        var fields = [
            ("ETag", value.entityTag.description),
            ("Age", String(entry.age(now))),
            ("Cache-Control", (isPrivate ? "private, max-age=" : "max-age=") + String(entry.maxAge(now))),
            (CacheStatus.name, status ?? CacheStatus.hit(ttl: entry.statusTTL(now))),
        ]
        if !entry.tags.isEmpty { fields.append(("Cache-Groups", groups)) }
        return fields
    }

    /// The tags as a list of strings (RFC 9875, RFC 8941).
    private var groups: String {
        entry.tags.map { tag in
            "\""
                + tag.reduce(into: "") { text, character in
                    if character == "\"" || character == "\\" { text.append("\\") }
                    text.append(character)
                } + "\""
        }.joined(separator: ", ")
    }
}
