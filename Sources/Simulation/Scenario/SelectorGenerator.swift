internal import Invalidations

/// What requests name.
enum SelectorGenerator {
    private static let origin = "https://site.example/"
    private static let poisonTags = ["poison-1", "poison-2"]
    private static let poisonURL = origin + "poison/1"

    /// Selectors that an edge refuses.
    static func poison(_ random: inout SeededRandom) -> Set<String> {
        random.pick([[poisonTags[0]], [poisonTags[1]], [poisonTags[0], poisonURL], [poisonURL]])
    }

    /// Things that no other request names.
    static func distinct(_ number: Int, isPoisoned: Bool, _ random: inout SeededRandom) -> Selectors {
        var selectors = Selectors()
        let kinds = random.pick([1, 1, 1, 2, 2, 3, 5, 7])
        if kinds & 1 != 0 { selectors.tags = ["r\(number)"] }
        if kinds & 2 != 0 { selectors.urls = [origin + "r/\(number)"] }
        if kinds & 4 != 0 { selectors.prefixes = [origin + "p/\(number)/"] }
        if random.chance(0.15) {
            for extra in 1...random.int(1...4) where !selectors.tags.isEmpty {
                selectors.tags.append("r\(number)-\(extra)")
            }
        }
        if isPoisoned { poison(&selectors, &random) }
        return selectors
    }

    /// The same few things again and again: some of them inside of others.
    static func common(isPoisoned: Bool, _ random: inout SeededRandom) -> Selectors {
        var selectors = Selectors()
        switch random.int(0...9) {
        case 0: selectors.everything = true
        case 1, 2: selectors.prefixes = [origin + random.pick(["a/", "b/", "a/b/"])]
        case 3, 4, 5: selectors.urls = [origin + random.pick(["a/1", "a/2", "a/b/3", "b/4"])]
        case 6:
            selectors.tags = ["news"]
            selectors.urls = [origin + "a/1"]
        default: selectors.tags = random.pick([["news"], ["price"], ["news", "price"], ["home"]])
        }
        if isPoisoned { poison(&selectors, &random) }
        return selectors
    }

    private static func poison(_ selectors: inout Selectors, _ random: inout SeededRandom) {
        if random.chance(0.7) {
            selectors.tags.append(random.pick(poisonTags))
        } else {
            selectors.urls.append(poisonURL)
        }
    }
}
