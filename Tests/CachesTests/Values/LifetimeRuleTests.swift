import Caches
import Invalidations
import Testing

/// Rules that choose the times of entries by key and tag.
struct LifetimeRuleTests {
    private static func rule(
        key: String? = nil, tag: String? = nil, fresh: Int? = nil, revalidate: Int? = nil, error: Int? = nil
    ) throws -> LifetimeRule {
        var rule = LifetimeRule(key: try key.map { try Glob($0) }, tag: try tag.map { try Glob($0) })
        rule.fresh = fresh.map { .seconds($0) }
        rule.staleWhileRevalidate = revalidate.map { .seconds($0) }
        rule.staleIfError = error.map { .seconds($0) }
        return rule
    }

    private static func rules() throws -> NamespaceRules {
        var rules = NamespaceRules()
        rules.lifetimeUsual = .seconds(100)
        rules.lifetimeMax = .seconds(1_000)
        rules.lifetimeRules = [
            try rule(key: "product:*", tag: "sale", fresh: 1),
            try rule(key: "product:*", fresh: 2, revalidate: 20, error: 200),
            try rule(tag: "news-?", fresh: 3),
            try rule(key: "*:list", revalidate: 40),
            try rule(key: "archive:*", fresh: 9_999),
        ]
        return rules
    }

    @Test(
        arguments: [
            ("product:1", ["sale"], 1, 0, 0), ("product:1", ["other", "sale"], 1, 0, 0),
            ("product:1", [], 2, 20, 200), ("product:1", ["news-1"], 2, 20, 200), ("product:", [], 2, 20, 200),
            ("a", ["news-1"], 3, 0, 0), ("a", ["x", "news-é"], 3, 0, 0), ("a", ["news-12"], 100, 0, 0),
            ("shop:list", [], 100, 40, 0), ("Product:1", [], 100, 0, 0), ("a product:1", [], 100, 0, 0),
            ("a", ["sale"], 100, 0, 0), ("archive:1", [], 1_000, 0, 0),
        ] as [(String, [String], Int, Int, Int)])
    func theFirstThatMatchesCounts(
        _ key: String, _ tags: [String], _ fresh: Int, _ revalidate: Int, _ error: Int
    ) throws {
        let (lifetime, isClamped) = try Self.rules().lifetime(
            of: CacheKey(key), tags: tags, ttl: nil, staleWhileRevalidate: nil, staleIfError: nil)
        #expect(lifetime.fresh == .seconds(fresh))
        #expect(lifetime.staleWhileRevalidate == .seconds(revalidate))
        #expect(lifetime.staleIfError == .seconds(error))
        #expect(!isClamped)
    }

    @Test func whatThePublisherSaysGoesFirst() throws {
        let (rules, key) = (try Self.rules(), try CacheKey("product:1"))
        func lifetime(_ ttl: Double?, _ revalidate: Double?, _ error: Double?) throws -> Lifetime {
            try rules.lifetime(
                of: key, tags: [], ttl: ttl, staleWhileRevalidate: revalidate, staleIfError: error
            ).lifetime
        }
        #expect(try lifetime(7, 8, 9).fresh == .seconds(7))
        #expect(try lifetime(7, 8, 9).staleWhileRevalidate == .seconds(8))
        #expect(try lifetime(7, 8, 9).staleIfError == .seconds(9))
        #expect(try lifetime(0, nil, nil).fresh == .seconds(2))
        // No window at all may be asked for, too.
        #expect(try lifetime(nil, 0, 0).staleWhileRevalidate == .zero)
        #expect(try lifetime(nil, 0, 0).staleIfError == .zero)
        let long = try rules.lifetime(
            of: key, tags: [], ttl: 5_000, staleWhileRevalidate: nil, staleIfError: nil)
        #expect(long.isClamped && long.lifetime.fresh == .seconds(1_000))
        #expect(throws: CacheInputError.lifetimeIsNotAllowed("ttl")) { try lifetime(-1, nil, nil) }
    }

    @Test func aKeyThatIsNoTextHasNoPatternButTheWidest() throws {
        let key = try CacheKey([0x70, 0xFF])
        var rules = NamespaceRules()
        rules.lifetimeRules = [try Self.rule(key: "p*", fresh: 1), try Self.rule(key: "?*", fresh: 2)]
        #expect(rules.lifetimeRule(key, tags: []) == nil)
        rules.lifetimeRules.append(try Self.rule(key: "*", fresh: 3))
        #expect(rules.lifetimeRule(key, tags: [])?.fresh == .seconds(3))
        #expect(NamespaceRules().lifetimeRule(key, tags: []) == nil)
    }
}
