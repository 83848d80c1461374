internal import Caches

/// Header fields of an answer with an entry.
struct EntryFields {
    let entry: CacheEntry
    let value: CacheValue
    let entityTag: String
    let now: CacheTime
    /// Only the client itself may keep the answer.
    let isPrivate: Bool
    /// `Cache-Status` of an answer that is no plain hit.
    var status: String?
    /// The right to bring a newer value; nil for none.
    var lease: FillToken?

    var all: [(String, String)] {
        var fields = [
            ("ETag", entityTag),
            ("Age", String(entry.age(now))),
            ("Cache-Control", cacheControl),
            (CacheStatus.name, status ?? CacheStatus.hit(ttl: entry.statusTTL(now))),
        ]
        // Also of the plain form: it is one of two.
        if value.coding != .identity { fields.append(("Vary", "Accept-Encoding")) }
        if !entry.tags.isEmpty { fields.append(("Cache-Groups", groups)) }
        if let lease { fields.append((LeaseField.name, LeaseField.text(lease))) }
        return fields
    }

    private var cacheControl: String {
        // A cache on the way would give one lease to many.
        guard lease == nil else { return "no-store" }
        return (isPrivate ? "private, max-age=" : "max-age=") + String(entry.maxAge(now))
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
