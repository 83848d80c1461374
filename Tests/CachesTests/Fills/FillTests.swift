import Caches
import Invalidations
import Testing

/// Loads and leases: each rule of the race by itself.
struct FillTests {
    private func result(
        _ text: String, _ tags: [String] = [], _ lifetime: Lifetime = Lifetime(fresh: .seconds(60))
    ) throws -> LoadResult {
        .value(try CacheValue(Array(text.utf8)), tags: tags, lifetime: lifetime, origin: nil)
    }

    private func order(_ answer: ReadAnswer) throws -> LoadOrder {
        guard case .load(let order) = answer else {
            Issue.record("no load, but \(answer)")
            throw CacheInputError.keyIsMissing
        }
        return order
    }

    @Test func aHerdMakesOneLoad() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        let order = try order(fixture.shard.read(address, WaiterID(0), fixture.now))
        for reader in UInt64(1)..<1_000 {
            guard case .joined = fixture.shard.read(address, WaiterID(reader), fixture.now) else {
                Issue.record("reader \(reader) did not join")
                return
            }
        }
        let end = fixture.shard.finishLoad(order.token, try result("v"), fixture.now)
        #expect(end.outcome == .stored)
        #expect(end.answers.flatMap(\.waiters) == (0..<1_000).map { WaiterID($0) })
        #expect(fixture.shard.counts.loads == 1)
        #expect(try fixture.value("k") == "v")
    }

    enum Cause: CaseIterable {
        case key, set, delete, tag, unknownTag, prefix, everything
    }

    private func invalidate(_ cause: Cause, _ fixture: inout ShardFixture, _ key: String) throws {
        switch cause {
        case .key: _ = try fixture.invalidate(keys: [key])
        case .set: try fixture.set(key, "set")
        case .delete: _ = fixture.shard.delete(try fixture.address(key), fixture.now)
        case .tag:
            // Some other entry has the tag, now and later.
            try fixture.set("other", "v", ["t"])
            _ = try fixture.invalidate(tags: ["t"])
            try fixture.set("other", "v", ["t"])
        case .unknownTag: _ = try fixture.invalidate(tags: ["t"])
        case .prefix: _ = try fixture.invalidate(prefixes: URLKey.prefixes(url: "https://a.example/x"))
        case .everything: _ = try fixture.invalidate(everything: true)
        }
    }

    @Test(arguments: Cause.allCases)
    func whatIsOvertakenIsNotStored(_ cause: Cause) throws {
        var fixture = ShardFixture()
        let key = try #require(URLKey.keys(url: "https://a.example/x/1").first).description
        let address = try fixture.address(key)
        let first = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
        try invalidate(cause, &fixture, key)
        if cause == .set { _ = fixture.shard.delete(address, fixture.now) }
        // A reader who comes now must not get what was loaded before.
        let second = fixture.shard.read(address, WaiterID(2), fixture.now)
        let end = fixture.shard.finishLoad(first.token, try result("old", ["t"]), fixture.now)
        #expect(end.outcome == .overtaken)
        #expect(end.answers.flatMap(\.waiters) == [WaiterID(1)])
        #expect(try fixture.value(key) == nil)
        let next: LoadOrder
        if case .load(let order) = second { next = order } else { next = try #require(end.next) }
        let last = fixture.shard.finishLoad(next.token, try result("new", ["t"]), fixture.now)
        #expect(last.outcome == .stored)
        #expect(last.answers.flatMap(\.waiters) == [WaiterID(2)])
        #expect(try fixture.value(key) == "new")
        #expect(fixture.shard.inconsistency() == nil)
    }

    @Test(arguments: Cause.allCases)
    func anOvertakenLeaseIsVoid(_ cause: Cause) throws {
        var fixture = ShardFixture()
        let key = try #require(URLKey.keys(url: "https://a.example/x/1").first).description
        let address = try fixture.address(key)
        guard case .won(let token, _) = fixture.shard.acquireLease(address, fixture.now),
            case .refused(let refusal) = fixture.shard.acquireLease(address, fixture.now)
        else {
            Issue.record("two leases, or none")
            return
        }
        #expect(refusal == FillRefusal(reason: .leaseHeld, retryAfter: .seconds(10)))
        try invalidate(cause, &fixture, key)
        let end = fixture.shard.finishLease(
            token, address, try CacheValue([0x31]), tags: ["t"], lifetime: Lifetime(fresh: .seconds(1)), fixture.now)
        #expect(end.end == .void)
        #expect(fixture.shard.counts.leasesRefused == 1)
    }

    /// Who looks on the disk brings no value: a client that would bring it need not wait for that.
    @Test func aSearchOfTheDiskHoldsNoLease() throws {
        let store = CacheStore(limit: 8 << 20, seed: (1, 2), shards: 1, wakeDisk: {})
        let number = try #require(store.register(.default))
        let address = store.address(number, try CacheKey("k"))
        let (now, lifetime) = (CacheTime(nanoseconds: 0), Lifetime(fresh: .seconds(60)))
        let search = try order(store.read(address, WaiterID(1), now))
        guard case .won(let token, _) = store.acquireLease(address, now),
            case .refused(let refusal) = store.acquireLease(address, now),
            case .joined = store.read(address, WaiterID(2), now)
        else {
            Issue.record("no lease, or two")
            return
        }
        #expect(refusal.reason == .leaseHeld)
        let brought = try CacheValue(Array("2".utf8))
        #expect(store.finishLease(token, address, brought, tags: [], lifetime: lifetime, now).end == .stored)
        // The disk has found what was there before.
        let old = CacheEntry(key: address.key, value: try CacheValue([0x31]), tags: [], since: now, lifetime: lifetime)
        let end = store.finishLoad(search, .onDisk(old, mayLoad: false), now)
        #expect(end.answers.flatMap(\.waiters) == [WaiterID(1), WaiterID(2)])
        guard case .found(let entry, .fresh) = store.lookup(address, now) else {
            Issue.record("what was brought is lost")
            return
        }
        #expect(entry.value?.bytes == brought.bytes, "the older one does not replace it")
        #expect(store.inconsistency() == nil)
    }

    @Test func whatOtherTagsSayDoesNotMatter() throws {
        var fixture = ShardFixture()
        let order = try order(fixture.shard.read(fixture.address("k"), WaiterID(1), fixture.now))
        _ = try fixture.invalidate(keys: ["other"], tags: ["u"])
        #expect(fixture.shard.finishLoad(order.token, try result("v", ["t"]), fixture.now).outcome == .stored)
    }

    @Test func aLeaseIsForItsKeyItsTimeAndItsOwner() throws {
        var fixture = ShardFixture()
        let (address, other) = (try fixture.address("k"), try fixture.address("other"))
        let lifetime = Lifetime(fresh: .seconds(60))
        let value = try CacheValue([0x31])
        func finish(_ token: FillToken, _ address: CacheAddress) -> LeaseEnd {
            fixture.shard.finishLease(token, address, value, tags: [], lifetime: lifetime, fixture.now).end
        }
        guard case .won(let token, let until) = fixture.shard.acquireLease(address, fixture.now) else {
            Issue.record("no lease")
            return
        }
        #expect(finish(token, other) == .void)
        #expect(finish(FillToken(token.value &+ 1), address) == .void)
        fixture.now = until
        #expect(finish(token, address) == .void)
        #expect(fixture.shard.expireFills(fixture.now).isEmpty)
        guard case .won(let second, _) = fixture.shard.acquireLease(address, fixture.now) else {
            Issue.record("no second lease")
            return
        }
        _ = fixture.shard.endLeases(fixture.now)
        #expect(finish(second, address) == .void)
        guard case .won(let third, _) = fixture.shard.acquireLease(address, fixture.now) else {
            Issue.record("no third lease")
            return
        }
        #expect(finish(third, address) == .stored)
        #expect(finish(third, address) == .void)
    }

    /// Freshness counts from the start of a load, so a slow one is old when it comes.
    @Test func freshnessBeginsWithTheLoad() throws {
        var fixture = ShardFixture()
        let order = try order(fixture.shard.read(fixture.address("k"), WaiterID(1), fixture.now))
        fixture.now = fixture.now + .seconds(3)
        _ = fixture.shard.finishLoad(order.token, try result("v", [], Lifetime(fresh: .seconds(5))), fixture.now)
        fixture.now = fixture.now + .seconds(2)
        #expect(try fixture.value("k") == nil)
    }

    @Test func staleAnswersLoadInTheBackgroundOnce() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        let lifetime = Lifetime(fresh: .seconds(1), staleWhileRevalidate: .seconds(60))
        let first = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
        _ = fixture.shard.finishLoad(first.token, try result("old", [], lifetime), fixture.now)
        fixture.now = fixture.now + .seconds(2)
        guard case .hit(_, true, let load) = fixture.shard.read(address, WaiterID(2), fixture.now), let load,
            case .hit(_, true, nil) = fixture.shard.read(address, WaiterID(3), fixture.now)
        else {
            Issue.record("no background load, or two")
            return
        }
        // A write meanwhile is not undone by it.
        try fixture.set("k", "written")
        #expect(
            fixture.shard.finishLoad(load.token, try result("late", [], lifetime), fixture.now).outcome == .overtaken)
        #expect(try fixture.value("k") == "written")
    }

    @Test func anUnchangedOriginRefreshes() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        let lifetime = Lifetime(fresh: .seconds(1), staleWhileRevalidate: .seconds(60))
        let first = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
        let origin = OriginValidators(entityTag: "\"7\"", lastModified: nil)
        _ = fixture.shard.finishLoad(
            first.token, .value(try CacheValue([0x37]), tags: ["t"], lifetime: lifetime, origin: origin), fixture.now)
        fixture.now = fixture.now + .seconds(2)
        guard case .hit(_, true, let load?) = fixture.shard.read(address, WaiterID(2), fixture.now) else {
            Issue.record("no background load")
            return
        }
        #expect(load.origin?.entityTag == "\"7\"")
        #expect(fixture.shard.finishLoad(load.token, .unchanged(lifetime), fixture.now).outcome == .stored)
        guard case .found(let entry, .fresh) = fixture.shard.lookup(address, fixture.now) else {
            Issue.record("not fresh")
            return
        }
        #expect(entry.value?.bytes == [0x37])
        #expect(entry.tags == ["t"])
    }

    @Test func failuresBackOffAndStaleEntriesStandIn() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        var pauses: [Duration] = []
        for _ in 0..<7 {
            let load = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
            let end = fixture.shard.finishLoad(load.token, .failed, fixture.now)
            guard case .failed(let pause)? = end.answers.first?.answer else { break }
            pauses.append(pause)
            guard case .refused(let refusal) = fixture.shard.read(address, WaiterID(2), fixture.now) else {
                Issue.record("a load began within the pause")
                return
            }
            #expect(refusal == FillRefusal(reason: .backoff, retryAfter: pause))
            fixture.now = fixture.now + pause
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        let load = try order(fixture.shard.read(address, WaiterID(3), fixture.now))
        let lifetime = Lifetime(fresh: .seconds(1), staleIfError: .seconds(600))
        _ = fixture.shard.finishLoad(load.token, try result("v", [], lifetime), fixture.now)
        fixture.now = fixture.now + .seconds(2)
        let second = try order(fixture.shard.read(address, WaiterID(4), fixture.now))
        let end = fixture.shard.finishLoad(second.token, .failed, fixture.now)
        guard case .entry(_, true)? = end.answers.first?.answer,
            case .hit(_, true, nil) = fixture.shard.read(address, WaiterID(5), fixture.now)
        else {
            Issue.record("the stale entry does not stand in")
            return
        }
        _ = try fixture.invalidate(keys: ["k"])
        guard case .refused = fixture.shard.read(address, WaiterID(6), fixture.now) else {
            Issue.record("an invalidated entry stands in")
            return
        }
    }

    @Test func aLoadHasADeadline() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        let load = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
        #expect(fixture.shard.nextDeadline == load.deadline)
        fixture.now = load.deadline
        let ends = fixture.shard.expireFills(fixture.now)
        #expect(ends.map(\.outcome) == [.failed])
        #expect(ends.flatMap { $0.answers.flatMap(\.waiters) } == [WaiterID(1)])
        #expect(fixture.shard.finishLoad(load.token, try result("late"), fixture.now).outcome == .unknown)
        #expect(try fixture.value("k") == nil)
    }

    @Test func absenceIsRememberedShortly() throws {
        var fixture = ShardFixture()
        let address = try fixture.address("k")
        let load = try order(fixture.shard.read(address, WaiterID(1), fixture.now))
        #expect(fixture.shard.finishLoad(load.token, .absent(.seconds(3_600)), fixture.now).outcome == .stored)
        fixture.now = fixture.now + .milliseconds(29_999)
        guard case .absent = fixture.shard.read(address, WaiterID(2), fixture.now) else {
            Issue.record("the absence is forgotten")
            return
        }
        #expect(try fixture.invalidate(keys: ["none"]).count == 0)
        fixture.now = fixture.now + .milliseconds(1)
        _ = try order(fixture.shard.read(address, WaiterID(3), fixture.now))
    }

    /// A replica may lag behind the write that was announced.
    @Test func aRefillSoonBehindAnInvalidationIsShort() throws {
        var rules = NamespaceRules()
        rules.refillDelay = .seconds(2)
        var fixture = ShardFixture(rules: rules)
        _ = try fixture.invalidate(keys: ["k"])
        fixture.now = fixture.now + .seconds(1)
        let load = try order(fixture.shard.read(fixture.address("k"), WaiterID(1), fixture.now))
        _ = fixture.shard.finishLoad(load.token, try result("maybe old"), fixture.now)
        fixture.now = fixture.now + .seconds(2)
        let second = try order(fixture.shard.read(fixture.address("k"), WaiterID(2), fixture.now))
        _ = fixture.shard.finishLoad(second.token, try result("new"), fixture.now)
        fixture.now = fixture.now + .seconds(50)
        #expect(try fixture.value("k") == "new")
    }

    @Test func fillsAndWaitersAreBounded() throws {
        var settings = FillSettings()
        (settings.fillsMax, settings.waitersMax) = (2, 3)
        var fixture = ShardFixture(settings: settings)
        for key in ["a", "b"] { _ = try order(fixture.shard.read(fixture.address(key), WaiterID(1), fixture.now)) }
        guard case .refused(let fills) = try fixture.shard.read(fixture.address("c"), WaiterID(2), fixture.now),
            case .joined = try fixture.shard.read(fixture.address("a"), WaiterID(3), fixture.now),
            case .refused(let waiters) = try fixture.shard.read(fixture.address("a"), WaiterID(4), fixture.now)
        else {
            Issue.record("a bound does not hold")
            return
        }
        #expect(fills.reason == .tooManyFills)
        #expect(waiters.reason == .tooManyWaiters)
    }

    /// What is no longer remembered counts as invalidated: a miss, never a stale entry.
    @Test func aShortMemoryRefuses() throws {
        var settings = FillSettings()
        settings.recentTagsMax = 2
        var fixture = ShardFixture(settings: settings)
        let load = try order(fixture.shard.read(fixture.address("k"), WaiterID(1), fixture.now))
        for tag in ["t", "u", "v"] { _ = try fixture.invalidate(tags: [tag]) }
        #expect(fixture.shard.finishLoad(load.token, try result("v", ["t"]), fixture.now).outcome == .overtaken)
    }
}
