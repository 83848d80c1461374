import Caches
import Invalidations
import Runtime

/// Reads the rules of a cache's namespace that choose times by key and tag.
struct LifetimeRuleReader {
    let sections: [ConfigurationSection]

    func rules() throws -> [LifetimeRule] {
        if let extra = sections.dropFirst(LifetimeRule.countMax).first {
            throw extra.invalid("is one too many: a namespace has at most \(LifetimeRule.countMax) rules")
        }
        var rules: [LifetimeRule] = []
        for section in sections {
            let rule = try rule(section)
            if let earlier = rules.firstIndex(where: { Self.isCovered(rule, by: $0) }) {
                throw section.invalid(
                    "is never reached: \(sections[earlier].name) means the same entries and comes first",
                    hint: "put the narrower rule first, or remove one")
            }
            rules.append(rule)
        }
        return rules
    }

    private func rule(_ section: ConfigurationSection) throws -> LifetimeRule {
        try section.allow(["key", "tag", "ttl", "staleWhileRevalidate", "staleIfError"])
        var rule = LifetimeRule(key: try pattern("key", section), tag: try pattern("tag", section))
        guard rule.key != nil || rule.tag != nil else {
            throw section.invalid(
                "names neither a key nor a tag",
                hint: "add key: \"product:*\" or tag: news; the time of all other entries is the namespace's ttl")
        }
        rule.fresh = try section.optional("ttl")?.duration(in: .milliseconds(1)...CacheLimits.lifetimeMax)
        let windows = Duration.zero...CacheLimits.lifetimeMax
        rule.staleWhileRevalidate = try section.optional("staleWhileRevalidate")?.duration(in: windows)
        rule.staleIfError = try section.optional("staleIfError")?.duration(in: windows)
        guard rule.fresh != nil || rule.staleWhileRevalidate != nil || rule.staleIfError != nil else {
            throw section.invalid("sets no time", hint: "add ttl, staleWhileRevalidate or staleIfError")
        }
        return rule
    }

    private func pattern(_ key: String, _ section: ConfigurationSection) throws -> Glob? {
        guard let value = try section.optional(key) else { return nil }
        guard !value.isList else {
            throw value.invalid("one pattern", hint: "write a rule for each, or one with * and ?")
        }
        guard value.text.utf8.count <= LifetimeRule.patternBytesMax else {
            throw value.invalid("a pattern of at most \(LifetimeRule.patternBytesMax) bytes")
        }
        // Another one would match no tag that an entry can have.
        guard key != "tag" || value.text.isEmpty || TagForm.isAllowed(value.text.utf8) else {
            throw value.invalid("a pattern of tags", hint: "tags are printable ASCII without blanks and commas")
        }
        do throws(SelectionError) {
            return try Glob(value.text)
        } catch {
            throw value.invalid("a pattern", hint: "\(error)")
        }
    }

    /// Whether each entry that the rule means is one of the earlier rule, as far as that is plain to see.
    private static func isCovered(_ rule: LifetimeRule, by earlier: LifetimeRule) -> Bool {
        isCovered(rule.key, by: earlier.key) && isCovered(rule.tag, by: earlier.tag)
    }

    /// For a tag, `*` asks for one at least.
    private static func isCovered(_ pattern: Glob?, by earlier: Glob?) -> Bool {
        earlier == nil || earlier == pattern || (earlier?.description == "*" && pattern != nil)
    }
}
