import Edges
import HTTP
import Invalidations
import TestSupport
import Testing

/// Tests of the Varnish adapter.
@Suite struct VarnishAdapterTests {
    let adapter = VarnishAdapter(address: address)

    @Test func tagsOfNeighboursShareACall() {
        let plan = adapter.plan(batch([tags("a", "b"), tags("b", "c"), tags("d")]))
        #expect(plan.calls.count == 1)
        #expect(plan.calls[0].method == "PURGEKEYS" && plan.calls[0].url == "http://edge.test:8080/")
        #expect(plan.calls[0].headers == [EdgeHeader("xkey-purge", "a b c d")])
        #expect(plan.calls[0].items.indices == [0, 1, 2])
    }

    @Test func softPurgesSaySo() {
        let calls = adapter.plan(batch([Selectors(tags: ["a"], urls: ["http://s.example/x"])], mode: .soft)).calls
        #expect(calls.map(\.headers) == [[EdgeHeader("xkey-softpurge", "a")], [EdgeHeader("cachesync-mode", "soft")]])
    }

    @Test func noCallCarriesWhatWasPublishedBeforeAnEarlierCall() {
        let mixed = Selectors(tags: ["b"], urls: ["http://s.example/x"])
        let plan = adapter.plan(batch([tags("a"), mixed, tags("c"), urls("http://s.example/y")]))
        #expect(plan.calls.map(\.method) == ["PURGEKEYS", "PURGE", "PURGEKEYS", "PURGE"])
        #expect(plan.calls.map(\.items.indices) == [[0, 1], [1], [2], [3]])
        #expect(plan.calls[1].url == "http://edge.test:8080/x" && plan.calls[1].host == "s.example")
    }

    @Test func aRepeatedURLIsPurgedOnce() {
        let repeated = urls("http://S.EXAMPLE/x", "http://t/x")
        let plan = adapter.plan(batch([urls("http://s.example/x"), urls("http://s.example/y"), repeated]))
        #expect(plan.calls.map(\.url) == ["/x", "/y", "/x"].map { "http://edge.test:8080\($0)" })
        #expect(plan.calls.map(\.items.indices) == [[0, 2], [1], [2]])
    }

    @Test func prefixesAndEverythingAreBans() {
        let item = Selectors(prefixes: ["https://shop.example/a.b/%41?"], everything: true)
        let plan = adapter.plan(batch([item]))
        #expect(plan.calls.map(\.method) == ["BAN", "BAN"])
        #expect(plan.calls[0].header("x-host") == #"^shop\x2eexample$"#)
        #expect(plan.calls[0].header("x-url") == #"^/a\x2eb/\x2541\x3f"#)
        // A VCL that takes the prefix from the request line, and its host from `Host`, bans no more than that.
        #expect(plan.calls[0].url == "http://edge.test:8080/a.b/%41?" && plan.calls[0].host == "shop.example")
        #expect(plan.calls[0].header("x-content-type") == ".*")
        #expect(
            plan.calls[1].headers
                == [EdgeHeader("x-host", ".*"), EdgeHeader("x-url", ".*"), EdgeHeader("x-content-type", ".*")])
        #expect(plan.calls[1].url == "http://edge.test:8080/" && plan.calls[1].host == nil)
        let single = VarnishAdapter(address: address, host: "shop.example")
        #expect(single.plan(batch([item])).calls[1].header("x-host") == #"^shop\x2eexample$"#)
    }

    /// Whatever the tags, no header is longer than allowed, none is lost, and the order stays.
    @Test func manyTagsAreSplitOverCalls() {
        var random = SeededGenerator.printed("manyTagsAreSplitOverCalls")
        for _ in 0..<50 {
            let bytes = Int.random(in: 1_024...8_000, using: &random)
            let adapter = VarnishAdapter(address: address, headerBytes: bytes)
            let items = (0..<Int.random(in: 1...20, using: &random)).map { item in
                Selectors(
                    tags: (0..<Int.random(in: 0...60, using: &random)).map { tag in
                        "\(item)-\(tag)-" + String(repeating: "x", count: .random(in: 0...900, using: &random))
                    })
            }
            let calls = adapter.plan(batch(items)).calls
            let lines = calls.compactMap { $0.header("xkey-purge") }
            #expect(lines.allSatisfy { $0.utf8.count <= bytes })
            #expect(lines.flatMap { $0.split(separator: " ").map(String.init) } == items.flatMap(\.tags))
            for (call, line) in zip(calls, lines) {
                let named = Set(line.split(separator: " ").compactMap { Int($0.prefix { $0 != "-" }) })
                #expect(call.items.indices == named.sorted())
            }
        }
    }

    @Test(arguments: ["a b", "a\r\nX-Evil: 1", "a,b", "", "é", "a\u{0}", String(repeating: "x", count: 1_025)])
    func unfitTagsAreRefusedAlone(_ tag: String) {
        let plan = adapter.plan(batch([tags("good", tag), tags("other")]))
        #expect(plan.calls.map { $0.header("xkey-purge") } == ["good other"])
        #expect(plan.refused.map(\.item) == [0] && plan.refused[0].failure.failureClass == .permanentItem)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let reason: String
        var body = ""
        var outcome: CallOutcome?
        var failureClass: PurgeFailure.Class?
        var testDescription: String { "\(status) \(reason)" }
    }

    static let cases = [
        Case(status: 200, reason: "Purged 2 objects, expired 1 objects", outcome: .acknowledged(objects: 3)),
        Case(status: 200, reason: "Purged 0 objects, expired 0 objects", outcome: .acknowledged(objects: 0)),
        Case(status: 200, reason: "Invalidated 4 objects", outcome: .acknowledged(objects: 4)),
        Case(status: 200, reason: "Purged", outcome: .acknowledged(objects: nil)),
        Case(status: 200, reason: "Banned", outcome: .acknowledged(objects: nil)),
        Case(status: 200, reason: "", body: "Purged 5 objects", outcome: .acknowledged(objects: 5)),
        Case(
            status: 200, reason: "Purged 99999999999999999999999 objects", outcome: .acknowledged(objects: 1 << 40)),
        Case(status: 200, reason: "OK", body: "the page", failureClass: .permanentTarget),
        Case(status: 200, reason: "", body: "", failureClass: .permanentTarget),
        Case(status: 400, reason: "Ban refused: regex", failureClass: .permanentItem),
        Case(status: 401, reason: "Unauthorized", failureClass: .permanentTarget),
        Case(status: 403, reason: "Not allowed to purge", failureClass: .permanentTarget),
        Case(status: 404, reason: "Not Found", failureClass: .permanentTarget),
        Case(status: 405, reason: "Not allowed", failureClass: .permanentTarget),
        Case(status: 501, reason: "Unsupported method", failureClass: .permanentTarget),
        Case(status: 503, reason: "Backend fetch failed", failureClass: .transient),
    ]

    /// What purges many pages is not sent again when nobody knows what it did: here an origin, or a VCL of another
    /// tongue, answers with a success of its own.
    @Test(arguments: [(200, "OK"), (200, ""), (202, "Accepted"), (204, "No Content"), (299, "Purged 3 objects")])
    func anAnswerThatIsNotUnderstoodEndsWhatPurgesMuch(_ status: Int, _ reason: String) {
        let item = Selectors(
            tags: ["a"], urls: ["http://s/x"], prefixes: ["http://s/"], everything: true)
        for call in adapter.plan(batch([item])).calls {
            let isWide = !call.kinds.isDisjoint(with: [.prefixes, .everything])
            let failure = adapter.outcome(of: answer(status, reason), for: call).failure
            #expect(failure?.failureClass == (isWide ? .permanentItem : .permanentTarget))
            #expect(failure?.message.contains("is not sent again") == isWide)
        }
    }

    @Test(arguments: [
        (SchemeRule.url, [URLScheme.https, .http] as [URLScheme?]), (.https, [.https, .https]),
        (.http, [.http, .http]),
        (.none, [nil, nil]),
    ])
    func purgesOfURLsSayTheScheme(_ rule: SchemeRule, _ schemes: [URLScheme?]) {
        let adapter = VarnishAdapter(address: address, scheme: rule)
        let calls = adapter.plan(batch([urls("https://s/1"), urls("http://s/2")])).calls
        #expect(calls.map(\.scheme) == schemes)
        // One page of two schemes is two pages, unless the edge is told otherwise.
        let both = adapter.plan(batch([urls("https://s/1", "http://s/1")])).calls
        #expect(both.count == (rule == .url ? 2 : 1))
    }

    @Test func withoutSoftPurgesAllAreHard() {
        let adapter = VarnishAdapter(address: address, isSoft: false)
        let calls = adapter.plan(batch([Selectors(tags: ["a"], urls: ["http://s/x"])], mode: .soft)).calls
        #expect(calls.map(\.headers) == [[EdgeHeader("xkey-purge", "a")], []])
        #expect(!adapter.capabilities.soft && !adapter.probes("t", namespace: shop).contains { $0.mode == .soft })
    }

    @Test(arguments: cases)
    func answersAreRead(_ example: Case) {
        let call = adapter.plan(batch([tags("a")])).calls[0]
        let outcome = adapter.outcome(of: answer(example.status, example.reason, body: example.body), for: call)
        if let expected = example.outcome { #expect(outcome == expected) }
        #expect(outcome.failure?.failureClass == example.failureClass)
    }
}
