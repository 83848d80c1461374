import CacheNode
import Caches
import Runtime

// Settings of what nodes of a namespace keep for others, and load before anybody asks.
extension Settings {
    func hasCacheDatabase() throws -> Bool { try sources.optional("cache.database") != nil }

    func mirrorRules(_ section: ConfigurationSection) throws -> MirrorRules {
        try section.allow(["time", "above"])
        var rules = MirrorRules()
        rules.time = try section.optional("time")?.duration(in: .zero...MirrorRules.timeMax) ?? rules.time
        let above = try section.optional("above")
        rules.above = try above?.int(in: 1...1_000_000) ?? rules.above
        guard try hasCacheDatabase(), try sources.optional("cache.advertise") != nil, try sources.bool("cache.forward")
        else {
            throw ConfigurationError(
                at: section.origin, key: section.name,
                problem: "the node asks no other nodes, whose keys could be mirrored",
                hint: "set cache.database and cache.advertise, and not cache.forward: off; or leave mirrors out")
        }
        return rules
    }

    func warmingRules(_ section: ConfigurationSection) throws -> WarmingRules {
        try section.allow(["keys", "perSecond", "floor", "window"])
        var rules = WarmingRules()
        rules.keysMax = try section.optional("keys")?.int(in: 1...1_000) ?? rules.keysMax
        rules.perSecond = try section.optional("perSecond")?.int(in: 1...1_000) ?? rules.perSecond
        rules.floor = try section.optional("floor")?.duration(in: .zero...(.seconds(86_400))) ?? rules.floor
        rules.window = try section.optional("window")?.duration(in: .seconds(1)...(.seconds(86_400))) ?? rules.window
        return rules
    }
}
