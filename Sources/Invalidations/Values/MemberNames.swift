/// The members of a request, and what is written instead of them by mistake.
enum MemberNames {
    private static let known = [
        "id", "namespace", "tags", "urls", "prefixes", "everything", "mode", "priority", "requestedAt", "expiresAt",
        "source", "cancels",
    ]

    /// Words of other caches and of other versions of one mind, without case, hyphens and underscores.
    private static let others = [
        "ns": "namespace", "surrogatekey": "tags", "surrogatekeys": "tags", "cachetag": "tags", "cachetags": "tags",
        "keys": "tags", "xkey": "tags", "xkeys": "tags", "uri": "urls", "uris": "urls", "file": "urls", "files": "urls",
        "path": "urls", "paths": "urls", "pattern": "prefixes", "patterns": "prefixes", "all": "everything",
        "purgeall": "everything", "purgeeverything": "everything", "soft": "mode", "hard": "mode", "softpurge": "mode",
        "prio": "priority", "expires": "expiresAt", "expiry": "expiresAt", "cancel": "cancels",
    ]

    /// - Returns: the member that is probably meant by one that is not known; nil for a name like no other.
    static func meant(by name: String) -> String? {
        guard name.utf8.count <= 32 else { return nil }
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        if let other = others[plain] { return other }
        return known.first { $0.lowercased() == plain }
            ?? known.first { $0.utf8.count > 2 && isNear(Array($0.lowercased().utf8), Array(plain.utf8)) }
    }

    /// Whether one letter more, less or other, or two that changed places, are all the difference; and the plural that
    /// is wrong by two (`prefix`).
    private static func isNear(_ known: [UInt8], _ given: [UInt8]) -> Bool {
        if known.count == given.count + 2, known.starts(with: given) { return known.suffix(2).elementsEqual("es".utf8) }
        guard abs(known.count - given.count) <= 1 else { return false }
        let front = zip(known, given).prefix { $0 == $1 }.count
        let (knownTail, givenTail) = (known[front...], given[front...])
        if knownTail.dropFirst().elementsEqual(givenTail.dropFirst()) { return true }
        if knownTail.dropFirst().elementsEqual(givenTail) || knownTail.elementsEqual(givenTail.dropFirst()) {
            return true
        }
        return knownTail.count >= 2 && knownTail.count == givenTail.count
            && knownTail[front] == givenTail[front + 1] && knownTail[front + 1] == givenTail[front]
            && knownTail.dropFirst(2).elementsEqual(givenTail.dropFirst(2))
    }
}
