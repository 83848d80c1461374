import Edges
import Invalidations
import Runtime
import Testing

/// Tests of the pace of edges.
@Suite struct EdgePaceTests {
    private func sources(_ text: String) throws -> ConfigurationSources {
        let file = try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml")
        return try ConfigurationSources(keys: [EdgeList.key, AccountList.key], file: file, fileName: "test.yaml")
    }

    private func edges(_ text: String) throws -> [EdgeConfiguration] { try EdgeList.read(sources(text)) }

    /// One edge with those settings.
    private func edge(_ settings: String, adapter: String = "varnish") throws -> EdgeConfiguration {
        let all = "name: a, adapter: \(adapter), address: \"http://a\"" + (settings.isEmpty ? "" : ", \(settings)")
        return try #require(try edges("edges:\n- {\(all)}\n").first)
    }

    @Test func everySettingReachesTheProfile() throws {
        let text = """
            edges:
              - name: outer
                adapter: varnish
                address: http://outer
                connections: 12
                limits: {requests: 50/s, requestsBurst: 100, items: 12000/min, bytes: 1MB/s, bytesBurst: 4MiB}
                account: cdn
                linger: 20ms
                layer: 2
                layerDelay: 5s
                purgeAgainAfter: 1h
                edgesAtOnce: 3
            accounts:
              - {name: other, limits: {items: 5/s}}
              - {name: cdn, limits: {requests: 1000/h, requestsBurst: 7}}
            """
        let profile = try #require(try edges(text).first).profile
        #expect(profile.limits.requests == Rate(perSecond: 50, burst: 100))
        #expect(profile.limits.items == Rate(perSecond: 200, burst: 200))
        #expect(profile.limits.bytes == Rate(perSecond: 1_000_000, burst: 4_194_304))
        #expect(profile.account == 1 && profile.linger == .milliseconds(20))
        #expect(profile.layer == 2 && profile.layerDelay == .seconds(5))
        #expect(profile.repeatsAfter == .seconds(3_600) && profile.fanOutMax == 3)
        #expect(profile.concurrencyMax == 12 && profile.callItemsMax == 1_000)
        let accounts = try AccountList.read(sources(text))
        #expect(accounts.map(\.name) == ["other", "cdn"])
        #expect(accounts[1].limits == EdgeLimits(requests: Rate(perSecond: 1_000.0 / 3_600, burst: 7)))
    }

    @Test(arguments: ["varnish", "nginx"])
    func cachesOfOnesOwnHaveNoLimitUnlessToldOtherwise(_ adapter: String) throws {
        let profile = try edge("", adapter: adapter).profile
        #expect(profile.limits == EdgeLimits() && profile.fanOutMax == nil && profile.account == nil)
        #expect(profile.linger == .zero && profile.layer == 0 && profile.layerDelay == .seconds(1))
        #expect(profile.repeatsAfter == nil && profile.concurrencyMax == 64)
    }

    @Test func aPlainEndpointIsCalledGentlyUnlessToldOtherwise() throws {
        func http(_ settings: String) throws -> EdgeProfile { try edge(settings, adapter: "http").profile }
        let gently = Rate(perSecond: 10, burst: 1)
        #expect(try http("").limits == EdgeLimits(requests: gently) && http("").fanOutMax == 10)
        #expect(try http("").callItemsMax == 500 && http("batchItems: 7").callItemsMax == 7)
        #expect(try http("limits: {items: 5/s}").limits == EdgeLimits(requests: gently, items: Rate(perSecond: 5)))
        #expect(try http("limits: {requestsBurst: 4}").limits.requests == Rate(perSecond: 10, burst: 4))
        #expect(try http("limits: {requests: 90/min}").limits.requests == Rate(perSecond: 1.5, burst: 1.5))
        let free = try http("limits: {requests: none}, edgesAtOnce: none")
        #expect(free.limits == EdgeLimits() && free.fanOutMax == nil)
    }

    @Test(arguments: [
        ("", ""), ("limits: {requests: 50/s}", "requests 50/s"), ("limits: {requests: 7/min}", "requests 7/min"),
        ("limits: {items: 1000/h, itemsBurst: 9}", "items 1000/h (burst 9)"),
        ("limits: {requests: 60/min, bytes: 1MB/s}", "requests 1/s, bytes 1000000/s"),
    ])
    func limitsAreShownAsTheyWereWritten(_ settings: String, _ text: String) throws {
        #expect(try edge(settings).limitsText(accounts: []) == text)
    }

    @Test func sharedLimitsAreShownWithTheirAccount() throws {
        let text = """
            edges: [{name: a, adapter: http, address: "http://a", account: cdn}]
            accounts: [{name: cdn, limits: {items: 5/s}}]
            """
        let shown = try #require(try edges(text).first).limitsText(accounts: AccountList.read(sources(text)))
        #expect(shown == "requests 10/s (burst 1); account cdn: items 5/s")
    }

    static let accountFaults: [(accounts: String, says: [String])] = [
        ("- text", ["accounts[0]"]),
        ("- {limits: {requests: 5/s}}", ["accounts[0].name", "is not set"]),
        ("- {name: a+b, limits: {requests: 5/s}}", ["accounts[0].name", "a-z"]),
        ("- {name: a}", ["accounts[0]", "has no limit"]),
        ("- {name: a, limits: {requests: none}}", ["accounts[0]", "has no limit"]),
        ("- {name: a, limit: {requests: 5/s}}", ["accounts[0].limit", "did you mean limits?"]),
        ("- {name: a, limits: {request: 5/s}}", ["accounts[0].limits.request", "did you mean requests?"]),
        ("- {name: a, limits: {itemsBurst: 5}}", ["itemsBurst", "set items"]),
    ]

    @Test(arguments: accountFaults)
    func accountFaultsNameLineKeyAndRemedy(_ fault: (accounts: String, says: [String])) {
        let error = #expect(throws: ConfigurationError.self) {
            try AccountList.read(sources("accounts:\n\(fault.accounts)\n"))
        }
        let text = error.map { "\($0)" } ?? ""
        for part in ["test.yaml:2"] + fault.says { #expect(text.contains(part), "\(text)") }
    }

    @Test func anAccountIsNamedOnce() throws {
        let line = "- {name: a, limits: {requests: 5/s}}"
        let error = #expect(throws: ConfigurationError.self) {
            try AccountList.read(sources("accounts:\n\(line)\n\(line)\n"))
        }
        #expect(error.map { "\($0)" }?.contains("has the name a, as the account at test.yaml:2") == true)
    }
}
