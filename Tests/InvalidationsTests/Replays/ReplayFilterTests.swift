import Invalidations
import Testing

/// Tests of what a filter selects.
struct ReplayFilterTests {
    private static func request(
        _ selectors: Selectors, namespace: String = "shop-eu", priority: Priority = .normal, source: String? = "import",
        cancels: RequestID? = nil
    ) throws -> Invalidation {
        Invalidation(
            id: try #require(RequestID("019aa3d8-7c00-7000-8000-00000000002a")),
            namespace: try #require(Namespace(namespace)), selectors: selectors, priority: priority,
            requestedAt: Timestamp(milliseconds: 0), source: source, cancels: cancels)
    }

    private static let mixed = Selectors(
        tags: ["product-42", "category-7"], urls: ["https://shop.example/p/42"], prefixes: ["https://shop.example/c/"])

    private struct Row {
        var filter: ReplayFilter
        var matches: Bool
    }

    @Test func everyCriterionMustHold() throws {
        let rows = [
            Row(filter: ReplayFilter(), matches: true),
            Row(filter: ReplayFilter(namespaces: [try Glob("shop-*")]), matches: true),
            Row(filter: ReplayFilter(namespaces: [try Glob("shop")]), matches: false),
            Row(filter: ReplayFilter(namespaces: [try Glob("shop"), try Glob("*-eu")]), matches: true),
            Row(filter: ReplayFilter(tags: [try Glob("category-?")]), matches: true),
            Row(filter: ReplayFilter(tags: [try Glob("category-??")]), matches: false),
            Row(filter: ReplayFilter(urls: [try Glob("https://shop.example/p/*")]), matches: true),
            Row(filter: ReplayFilter(urls: [try Glob("https://shop.example/c/*")]), matches: true),
            Row(filter: ReplayFilter(urls: [try Glob("*.org/*")]), matches: false),
            Row(filter: ReplayFilter(sources: [try Glob("imp*")]), matches: true),
            Row(filter: ReplayFilter(sources: [try Glob("export")]), matches: false),
            Row(filter: ReplayFilter(priorities: [.normal, .low]), matches: true),
            Row(filter: ReplayFilter(priorities: [.high]), matches: false),
            Row(filter: ReplayFilter(kinds: [.urls, .everything]), matches: true),
            Row(filter: ReplayFilter(kinds: .everything), matches: false),
            Row(filter: ReplayFilter(tags: [try Glob("category-7")], urls: [try Glob("*/p/42")]), matches: true),
            Row(filter: ReplayFilter(tags: [try Glob("other")], urls: [try Glob("*/p/42")]), matches: false),
        ]
        let request = try Self.request(Self.mixed)
        for row in rows { #expect(row.filter.matches(request) == row.matches, "\(row.filter)") }
        #expect(rows.filter(\.filter.isEmpty).count == 1)
    }

    @Test func everythingIsSelectedByItsKind() throws {
        let request = try Self.request(Selectors(everything: true))
        #expect(ReplayFilter(kinds: .everything).matches(request))
        #expect(try !ReplayFilter(tags: [Glob("*")]).matches(request))
        #expect(try !ReplayFilter(urls: [Glob("*")]).matches(request))
        #expect(!ReplayFilter(kinds: .tags).matches(request))
    }

    @Test func aRequestWithoutASourceHasAnEmptyOne() throws {
        let request = try Self.request(Self.mixed, source: nil)
        #expect(try ReplayFilter(sources: [Glob("*")]).matches(request))
        #expect(try !ReplayFilter(sources: [Glob("?*")]).matches(request))
    }

    @Test func aCancellationSelectsNothing() throws {
        let request = try Self.request(Selectors(), cancels: RequestID("019aa3d8-7c00-7000-8000-00000000002b"))
        #expect(ReplayFilter().matches(request))
        #expect(!ReplayFilter(kinds: [.tags, .urls, .prefixes]).matches(request))
        #expect(try !ReplayFilter(tags: [Glob("*")]).matches(request))
    }
}
