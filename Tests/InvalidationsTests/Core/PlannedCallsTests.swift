import Edges
import Invalidations
import TestSupport
import Testing

/// Limits and plans: a batch is charged as the calls that the edge's adapter makes of it.
struct PlannedCallsTests {
    enum Kind: String, CaseIterable {
        case http, varnish, nginx, purge, cachesync

        func adapter(_ random: inout SeededGenerator) -> any EdgeAdapter {
            guard let address = EdgeAddress("http://edge.test:8080") else {
                preconditionFailure("a good address is refused")
            }
            let small = Int.random(in: 3...20, using: &random)
            switch self {
            case .http: return HTTPAdapter(address: address, itemsMax: small, bytesMax: 2_000)
            case .varnish: return VarnishAdapter(address: address, headerBytes: 2_000)
            case .nginx: return NginxAdapter(address: address)
            case .purge: return PurgeMethodAdapter(address: address)
            case .cachesync: return CacheNodeAdapter(address: address, itemsMax: small, bytesMax: 2_000)
            }
        }
    }

    private static func core(
        _ adapter: any EdgeAdapter, _ limits: EdgeLimits, ofItsAccount: Bool = false, seed: UInt64
    ) throws -> CoreHarness {
        let address = try #require(EdgeAddress("http://edge.test:8080"))
        let pace = EdgePace(limits: ofItsAccount ? EdgeLimits() : limits, account: ofItsAccount ? 0 : nil)
        let edge = EdgeConfiguration(
            name: "a", adapterName: "test", adapter: adapter, address: address,
            accepts: adapter.capabilities.supports, unsupported: .skip, connections: 1, pace: pace)
        return CoreHarness(
            [edge.profile],
            settings: .with { settings in
                settings.partitionsInAll = 1
                settings.accounts = [AccountProfile(name: "account", limits: limits)]
            }, seed: seed)
    }

    /// Few names, so that they come twice; some are long, and some are refused.
    private static func selectors(_ random: inout SeededGenerator) -> Selectors {
        func some(_ name: (Int) -> String) -> [String] {
            (0..<Int.random(in: 0...5, using: &random)).map { _ in name(Int.random(in: 0..<60, using: &random)) }
        }
        var selectors = Selectors()
        selectors.tags = some { "t\($0)" + String(repeating: "x", count: $0 % 7 == 0 ? 150 : 0) }
        if Bool.random(using: &random) {
            selectors.urls = some { "https://shop.example/\($0)\($0 % 9 == 0 ? " " : "")" }
        }
        if Int.random(in: 0..<4, using: &random) == 0 { selectors.prefixes = some { "https://shop.example/p\($0)/" } }
        selectors.everything = Int.random(in: 0..<30, using: &random) == 0
        if selectors.kinds.isEmpty { selectors.tags = ["t"] }
        return selectors
    }

    @Test(arguments: Kind.allCases, [false, true])
    func aBatchIsChargedAsItIsPlanned(_ kind: Kind, _ ofItsAccount: Bool) throws {
        var random = SeededGenerator.printed("planned calls of \(kind)")
        let adapter = kind.adapter(&random)
        let large = Rate(perSecond: 1_000_000)
        let core = try Self.core(
            adapter, EdgeLimits(requests: large, items: large), ofItsAccount: ofItsAccount, seed: random.seed)
        for _ in 0..<300 {
            core.publish(Self.selectors(&random))
            if Int.random(in: 0..<8, using: &random) == 0, !core.purges.isEmpty { core.answer() }
        }
        core.answerAll()
        let calls = core.sent.flatMap { adapter.plan($0.batch).calls }
        let charged = try #require(core.edgeFigures.first).sent
        #expect(core.sent.contains { $0.batch.items.count > 1 } && calls.count > core.sent.count)
        #expect(charged.requests == UInt64(calls.count))
        #expect(charged.items == UInt64(calls.reduce(0) { $0 + $1.selectorCount }))
    }

    /// A single request may have more than a burst: it goes when nothing of that is used.
    @Test(arguments: Kind.allCases, [false, true])
    func noBatchMakesMoreCallsThanItsLimitLetsPass(_ kind: Kind, _ ofItsAccount: Bool) throws {
        var random = SeededGenerator.printed("limited calls of \(kind)")
        let adapter = kind.adapter(&random)
        let (requests, items) = (Rate(perSecond: 20, burst: 6), Rate(perSecond: 100, burst: 30))
        let core = try Self.core(
            adapter, EdgeLimits(requests: requests, items: items), ofItsAccount: ofItsAccount, seed: random.seed)
        for _ in 0..<100 { core.publish(Self.selectors(&random)) }
        for _ in 0..<1_000 where core.openRecords > 0 {
            core.answerAll()
            core.pass(.milliseconds(100))
        }
        #expect(core.openRecords == 0)
        var buckets = [(rate: requests, level: requests.burst), (rate: items, level: items.burst)]
        var last: Int64 = 0
        for purge in core.sent {
            let calls = adapter.plan(purge.batch).calls
            let costs = [calls.count, calls.reduce(0) { $0 + $1.selectorCount }].map(Double.init)
            for index in buckets.indices {
                let (rate, level) = buckets[index]
                let full = min(rate.burst, level + Double(purge.at - last) / 1e9 * rate.perSecond)
                let least = purge.batch.items.count > 1 ? costs[index] : min(costs[index], rate.burst)
                #expect(full >= least - 0.01, "\(costs[index]) where \(full) were left")
                buckets[index].level = full - costs[index]
            }
            last = purge.at
        }
    }
}
