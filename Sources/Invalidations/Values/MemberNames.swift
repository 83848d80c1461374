/// The members of a request, and what is written instead of them by mistake.
enum MemberNames {
    private static let known = [
        "id", "namespace", "tags", "urls", "prefixes", "everything", "mode", "priority", "requestedAt", "notBefore",
        "expiresAt", "source", "cancels",
    ]

    /// Words of other caches and of other versions of one mind, without case, hyphens and underscores.
    private static let others = [
        "ns": "namespace", "surrogatekey": "tags", "surrogatekeys": "tags", "cachetag": "tags", "cachetags": "tags",
        "keys": "tags", "xkey": "tags", "xkeys": "tags", "uri": "urls", "uris": "urls", "file": "urls", "files": "urls",
        "path": "urls", "paths": "urls", "pattern": "prefixes", "patterns": "prefixes", "all": "everything",
        "purgeall": "everything", "purgeeverything": "everything", "soft": "mode", "hard": "mode", "softpurge": "mode",
        "prio": "priority",
        "delayuntil": "notBefore", "startsat": "notBefore", "startafter": "notBefore",
        "expire": "expiresAt", "expires": "expiresAt", "expiry": "expiresAt", "cancel": "cancels",
    ]

    /// - Returns: the member that is probably meant by one that is not known; nil for a name like no other.
    static func meant(by name: String) -> String? {
        guard name.utf8.count <= 32 else { return nil }
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        if let other = others[plain] { return other }
        return known.first { $0.lowercased() == plain }
            ?? known.first { $0.utf8.count > 2 && isNear(Array($0.lowercased().utf8), Array(plain.utf8)) }
    }

    /// Whether one mistake is all the difference, in long names two: a letter more, less or other, or two that changed
    /// places.
    private static func isNear(_ known: [UInt8], _ given: [UInt8]) -> Bool {
        let most = known.count >= longName ? 2 : 1
        return abs(known.count - given.count) <= most && distance(known, given) <= most
    }

    private static let longName = 8

    /// Optimal string alignment distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var next = [row + 1]
            for column in right.indices {
                let change = left[row] == right[column] ? 0 : 1
                var least = min(last[column] + change, last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[right.count]
    }
}
