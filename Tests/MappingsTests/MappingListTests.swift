import Invalidations
import Mappings
import Runtime
import Testing

/// Tests of the configuration of bridges.
@Suite struct MappingListTests {
    @Test func theSimplestMappingHasDefaults() throws {
        let mapping = try mapping("topic: mediawiki.resource_change, format: resource-change")
        #expect(mapping.name == "mediawiki.resource_change" && mapping.topic == mapping.name)
        #expect(mapping.urls.map(\.description) == ["{meta.uri}"] && mapping.tags.isEmpty && mapping.namespace == nil)
        #expect(mapping.mode == .hard && mapping.priority == .normal && mapping.onError == .skip)
        #expect(mapping.start == .latest && mapping.time?.description == "meta.dt")
        #expect(try readMappings("").isEmpty)
    }

    @Test func everySettingIsRead() throws {
        let mappings = try readMappings(
            """
            bridges:
              - topic: shop.public.products
                name: products
                format: debezium
                namespace: "shop-{source.db}"
                tags: ["product-{row.id}", catalogue]
                urls: ["https://shop.example/p/{after.slug}"]
                prefixes: ["https://shop.example/c/{row.category}/"]
                everything: true
                mode: soft
                priority: low
                where: {source.table: [products, "price_*"], op: u}
                time: source.ts_ms
                onError: stop
                start: earliest
              - {topic: shop.public.products, format: json, tags: [all]}
            """)
        let first = try #require(mappings.first)
        #expect(mappings.count == 2 && first.name == "products" && first.everything)
        #expect(first.mode == .soft && first.priority == .low && first.onError == .stop && first.start == .earliest)
        #expect(first.time?.description == "source.ts_ms" && first.conditions.count == 2)
        #expect(mappings[1].name == "shop.public.products" && mappings[1].time == nil)
    }

    @Test(arguments: [
        ("topic: a", "bridges[0].format: is not set"),
        ("format: json", "bridges[0].topic: is not set"),
        ("topic: a/b, format: json", "bridges[0].topic: \"a/b\" is not the name of a topic"),
        ("topic: cachesync.dead, format: json, tags: [a]", "is not a topic of another system"),
        ("topic: a, format: jason", "bridges[0].format: \"jason\" is not one of"),
        ("topic: a, format: json, tag: [a]", "bridges[0].tag: there is no such key; did you mean tags?"),
        ("topic: a, format: json", "bridges[0]: selects nothing"),
        ("topic: a, format: json, tags: [\"a b\"]", "is not what a request may select: tags[0] must be"),
        ("topic: a, format: json, urls: [/p]", "is not what a request may select: urls[0] must be an absolute"),
        ("topic: a, format: json, prefixes: [\"https://h/?a\"]", "is not what a request may select: prefixes[0]"),
        ("topic: a, format: json, namespace: \"a b\", tags: [a]", "bridges[0].namespace: \"a b\" is not a namespace"),
        ("topic: a, format: json, tags: [\"{a\"]", "\"{a\" is not a template in which each { has its }"),
        ("topic: a, format: json, tags: [\"a}\"]", "\"a}\" is not a template in which each } ends a field"),
        ("topic: a, format: json, tags: [\"{a..b}\"]", "is not a template with fields such as {after.id}"),
        ("topic: a, format: json, tags: [\"{+a}\"]", "is not a template without {+…}"),
        ("topic: a, format: json, tags: [{a}]", "a list of single values is expected here"),
        ("topic: a, format: json, tags: [a], where: {\"a..b\": c}", "is not under the path of a field"),
        ("topic: a, format: json, tags: [a], where: {a: []}", "is not a list of 1 to 100 patterns"),
        ("topic: a, format: json, tags: [a], time: a..b", "is not the path of a field"),
        ("topic: a, format: json, tags: [a], onError: retry", "bridges[0].onError: \"retry\" is not one of skip, stop"),
        ("topic: a, format: json, tags: [a], name: a b", "bridges[0].name: \"a b\" is not the name of a bridge"),
    ])
    func faultsNameTheLine(_ keys: String, _ message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try mapping(keys) }
        #expect("\(error)".hasPrefix("test.yaml:2: ") && "\(error)".contains(message), "\(error)")
    }

    @Test func namesAreDifferent() throws {
        let bridge = "{topic: a, format: json, tags: [a]}"
        let error = try #require(throws: ConfigurationError.self) {
            try readMappings("bridges:\n  - \(bridge)\n  - \(bridge)\n")
        }
        #expect(
            "\(error)".contains("test.yaml:3: bridges[1]: has the name a, as the bridge at test.yaml:2"), "\(error)")
    }

    @Test func bracesThatAreMeantAreWrittenTwice() throws {
        let mapping = try mapping(#"topic: a, format: json, tags: ["{{{id}}}", "{{x}}"]"#)
        #expect(mapped(#"{"id":7}"#, by: mapping) == "default: {7} {x}")
    }
}
