/// Finds what someone probably meant to write.
public enum NearestName {
    /// The candidate that is fewest typing mistakes away, if it is near enough to be worth mentioning.
    ///
    /// For dotted names the last part counts too: `brokers` is near `kafka.brokers`.
    public static func find(_ name: String, in candidates: some Sequence<String>) -> String? {
        let wanted = characters(name)
        guard !wanted.isEmpty else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let whole = characters(candidate)
            // In half steps, so that of two equally near names the one that is meant as a whole wins.
            var distance = 2 * editDistance(wanted, whole)
            if let dot = whole.lastIndex(of: "."), !wanted.contains(".") {
                distance = min(distance, 2 * editDistance(wanted, Array(whole[(dot + 1)...])) + 1)
            }
            let tolerated = 2 * max(1, min(wanted.count, whole.count) / 3) + 1
            if distance <= tolerated && distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Enough of a name to compare; the distance takes time in the square of it.
    private static func characters(_ name: String) -> [Character] {
        name.prefix(64).map { $0 == "_" ? "-" : Character($0.lowercased()) }
    }

    /// How many letters must be inserted, removed, replaced or swapped with their neighbour.
    private static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
        var twoBack = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in b.indices {
                let replaced = previous[j] + (a[i] == b[j] ? 0 : 1)
                current[j + 1] = min(replaced, previous[j + 1] + 1, current[j] + 1)
                if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                    current[j + 1] = min(current[j + 1], twoBack[j - 1] + 1)
                }
            }
            (twoBack, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
