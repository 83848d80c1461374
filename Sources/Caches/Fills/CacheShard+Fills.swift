// The race of fills and invalidations, decided by ticks.
//
// A fill keeps the tick of its start. At its end it is stored only if nothing that means its key or its tags was
// handled since. Readers who came after such an invalidation wait for a load of their own. In doubt a fill is refused:
// that costs a miss.
extension CacheShard {
    // MARK: Loads

    /// Answers a reader, or lets it wait for a load.
    package mutating func read(_ address: CacheAddress, _ waiter: WaiterID, _ now: CacheTime) -> ReadAnswer {
        var previous: CacheEntry?
        if case .found(let entry, let freshness) = lookup(address, now) {
            switch freshness {
            case .fresh: return entry.value == nil ? .absent(entry) : .hit(entry, isStale: false, load: nil)
            case .stale: return .hit(entry, isStale: true, load: loadInBackground(address, entry, now))
            case .staleIfError, .dead: previous = entry
            }
        }
        if let pause = backoff.pause(address, now) {
            if let previous { return .hit(previous, isStale: true, load: nil) }
            return .refused(FillRefusal(reason: .backoff, retryAfter: pause))
        }
        guard fills.waiterCount < settings.waitersMax else { return refused(.tooManyWaiters) }
        if let fill = fills.newest(.load, address), isJoinable(fill) {
            fills.addWaiter(Fill.Waiter(id: waiter, isLate: isLate(fill)), to: fill.token)
            makeCapacity(0, now)
            return .joined
        }
        // The disk may have a stale value, which a client renews.
        if diskChanges == nil, let refusal = refusalByLease(address, now) { return .refused(refusal) }
        guard self[address.namespace] != nil else { return refused(.unknownNamespace) }
        guard fills.hasCapacity(address) else {
            fills.queue([waiter], address)
            makeCapacity(0, now)
            return .joined
        }
        guard fills.count < settings.fillsMax else { return refused(.tooManyFills) }
        return .load(beginLoad(address, for: [waiter], previous, now))
    }

    /// Begins a load for which nobody waits, by the rules of all loads: where there is nothing fresh, no load of the
    /// key is under way, and none has failed lately.
    package mutating func warm(_ address: CacheAddress, _ now: CacheTime) -> LoadOrder? {
        guard self[address.namespace] != nil else { return nil }
        let entry = visibleSlot(address).flatMap { slots[$0].entry }
        if let entry, entry.freshness(now) == .fresh { return nil }
        return loadInBackground(address, entry, now)
    }

    mutating func loadInBackground(
        _ address: CacheAddress, _ entry: CacheEntry?, _ now: CacheTime
    ) -> LoadOrder? {
        guard fills.count < settings.fillsMax, fills.hasCapacity(address), backoff.pause(address, now) == nil
        else { return nil }
        if let fill = fills.newest(address), isJoinable(fill) { return nil }
        return beginLoad(address, for: [], entry, now)
    }

    mutating func beginLoad(
        _ address: CacheAddress, for waiters: [WaiterID], _ previous: CacheEntry?, _ now: CacheTime
    ) -> LoadOrder {
        tick += 1
        counts.loads += 1
        let fill = fills.begin(
            .load, address, tick: tick, now: now, deadline: now + settings.loadTimeMax, previous: previous)
        for waiter in waiters { fills.addWaiter(Fill.Waiter(id: waiter, isLate: false), to: fill.token) }
        // Fills take memory as well.
        makeCapacity(0, now)
        return LoadOrder(
            token: FillToken(fill.token), address: address, origin: previous?.origin, tags: previous?.tags ?? [],
            startedAt: now, deadline: fill.deadline, looksOnDisk: previous == nil)
    }

    /// Ends a load: stores what it brought unless that was overtaken, and answers those who waited.
    package mutating func finishLoad(_ token: FillToken, _ result: LoadResult, _ now: CacheTime) -> LoadEnd {
        guard fills[token.value]?.kind == .load, let fill = fills.remove(token.value) else {
            return LoadEnd(outcome: .unknown)
        }
        defer { forgetHistory() }
        defer { makeCapacity(0, now) }
        switch result {
        case .onDisk(let entry, let mayLoad): return endFound(fill, entry, mayLoad: mayLoad, now)
        case .nowhere:
            counts.absentLoads += 1
            var end = LoadEnd(outcome: .absent)
            end.answers = Self.answers(fill.waiters, .absent)
            end.next = loadForQueued(fill.address, and: [], now)
            return end
        case .value, .unchanged, .absent, .failed: break
        }
        guard let (entry, tags) = entry(of: fill, result) else { return endFailed(fill, now) }
        backoff.recordSuccess(fill.address)
        let answer: LoadEnd.Answer = entry.value == nil ? .absent : .entry(entry, isStale: false)
        if isOvertaken(fill, tags) {
            counts.overtaken += 1
            var end = LoadEnd(outcome: .overtaken)
            end.answers = Self.answers(fill.waiters.filter { !$0.isLate }, answer)
            let late = fill.waiters.filter(\.isLate).map(\.id)
            end.next = loadForQueued(fill.address, and: late, now)
            return end
        }
        let isStored = insert(entry, fill.address, tick: fill.startTick, now)
        if entry.value == nil { counts.absentLoads += 1 } else if isStored { counts.storedLoads += 1 }
        var end = LoadEnd(outcome: isStored ? .stored : .tooLarge)
        end.answers = Self.answers(fill.waiters, answer)
        end.next = loadForQueued(fill.address, and: [], now)
        return end
    }

    /// What the load brought, with tags that share their texts; nil where it failed.
    private func entry(of fill: Fill, _ result: LoadResult) -> (CacheEntry, [String]?)? {
        let key = fill.address.key
        switch result {
        case .value(let value, let tags, let lifetime, let origin):
            let shared = shared(tags, fill.address.namespace)
            let entry = CacheEntry(
                key: key, value: value, tags: shared, origin: origin, since: fill.startedAt,
                lifetime: bounded(lifetime, fill))
            return (entry, shared)
        case .unchanged(let lifetime):
            guard let previous = fill.previous, let value = previous.value else { return nil }
            let entry = CacheEntry(
                key: key, value: value, tags: previous.tags, origin: previous.origin, since: fill.startedAt,
                lifetime: bounded(lifetime, fill))
            return (entry, previous.tags)
        case .absent(let duration):
            let lifetime = Lifetime(fresh: min(duration, CacheLimits.absenceMax))
            return (CacheEntry(key: key, value: nil, tags: [], since: fill.startedAt, lifetime: lifetime), nil)
        case .failed, .onDisk, .nowhere: return nil
        }
    }

    /// Answers with what may be used while the origin fails, and keeps loads away for a while.
    private mutating func endFailed(_ fill: Fill, _ now: CacheTime) -> LoadEnd {
        counts.failedLoads += 1
        let pause = backoff.recordFailure(
            fill.address, now, first: settings.backoffFirst, longest: settings.backoffLongest)
        var end = LoadEnd(outcome: .failed)
        var waiters = fill.waiters
        // A newer load of the key goes on; otherwise the pause holds for those who wait for one.
        if fills.newest(fill.address) == nil {
            waiters += fills.removeQueued(fill.address).map { Fill.Waiter(id: $0, isLate: false) }
        }
        var answer = LoadEnd.Answer.failed(retryAfter: pause)
        if case .found(let entry, _) = lookup(fill.address, now), entry.value != nil {
            answer = .entry(entry, isStale: now >= entry.freshUntil)
        }
        end.answers = Self.answers(waiters, answer)
        return end
    }

    /// A load for those who came too late for the one that ended, and for those who wait for the next.
    mutating func loadForQueued(
        _ address: CacheAddress, and late: [WaiterID], _ now: CacheTime
    ) -> LoadOrder? {
        let waiters = fills.removeQueued(address) + late
        guard !waiters.isEmpty else { return nil }
        if let fill = fills.newest(address), fill.kind == .load, isJoinable(fill) {
            let isLate = isLate(fill)
            for waiter in waiters { fills.addWaiter(Fill.Waiter(id: waiter, isLate: isLate), to: fill.token) }
            return nil
        }
        guard fills.hasCapacity(address) else {
            fills.queue(waiters, address)
            return nil
        }
        return beginLoad(address, for: waiters, nil, now)
    }

    static func answers(
        _ waiters: [Fill.Waiter], _ answer: LoadEnd.Answer
    ) -> [(waiters: [WaiterID], answer: LoadEnd.Answer)] {
        waiters.isEmpty ? [] : [(waiters.map(\.id), answer)]
    }

    // MARK: Leases

    /// Gives one client the right to bring the value: where there is none, or where it is stale.
    package mutating func acquireLease(_ address: CacheAddress, _ now: CacheTime) -> LeaseAnswer {
        defer { makeCapacity(0, now) }
        var stale: CacheEntry?
        if case .found(let entry, let freshness) = lookup(address, now), freshness != .staleIfError {
            guard freshness == .stale else { return .found(entry, freshness) }
            stale = entry
        }
        if let refusal = refusalOfLease(address, now) {
            guard let stale else { return .refused(refusal) }
            return .found(stale, .stale)
        }
        tick += 1
        let fill = fills.begin(
            .lease, address, tick: tick, now: now, deadline: now + settings.leaseTime, previous: nil)
        guard let stale else { return .won(FillToken(fill.token), until: fill.deadline) }
        return .renewed(stale, FillToken(fill.token))
    }

    /// Why nobody gets a lease; nil where one can be given.
    private func refusalOfLease(_ address: CacheAddress, _ now: CacheTime) -> FillRefusal? {
        if let refusal = refusalByLease(address, now) { return refusal }
        // Values that clients bring come from nowhere else: with a disk, a load of such a key only looks there.
        if diskChanges == nil, let fill = fills.newest(.load, address), isJoinable(fill) {
            return FillRefusal(reason: .leaseHeld, retryAfter: fill.deadline.since(now))
        }
        guard self[address.namespace] != nil else { return FillRefusal(reason: .unknownNamespace, retryAfter: .zero) }
        guard fills.hasCapacity(address), fills.count < settings.fillsMax else {
            return FillRefusal(reason: .tooManyFills, retryAfter: .seconds(1))
        }
        return nil
    }

    /// Nil where no client is to bring the value.
    private func refusalByLease(_ address: CacheAddress, _ now: CacheTime) -> FillRefusal? {
        guard let lease = fills.newest(.lease, address), isJoinable(lease) else { return nil }
        return FillRefusal(reason: .leaseHeld, retryAfter: lease.deadline.since(now))
    }

    /// Stores what the client with the lease brings, unless it was overtaken.
    ///
    /// - Parameter age: of the value at the start of the lease, where it comes from another cache.
    package mutating func finishLease(
        _ token: FillToken, _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime,
        age: Duration = .zero, _ now: CacheTime
    ) -> (end: LeaseEnd, next: LoadOrder?) {
        guard let fill = fills[token.value], fill.kind == .lease, fill.address == address, now < fill.deadline else {
            counts.leasesRefused += 1
            return (.void, nil)
        }
        _ = fills.remove(token.value)
        defer {
            forgetHistory()
            makeCapacity(0, now)
        }
        let shared = shared(tags, address.namespace)
        guard !isOvertaken(fill, shared) else {
            counts.leasesRefused += 1
            return (.void, loadForQueued(address, and: [], now))
        }
        // What the disk has was there before.
        fills.markVoid(address)
        var times = bounded(lifetime, fill)
        times.fresh += age
        let entry = CacheEntry(
            key: address.key, value: value, tags: shared, since: fill.startedAt + (.zero - age), lifetime: times)
        let isStored = insert(entry, address, tick: fill.startTick, now)
        return (isStored ? .stored : .tooLarge, loadForQueued(address, and: [], now))
    }

    /// Ends all leases: their clients ask another owner from now on.
    package mutating func endLeases(_ now: CacheTime) -> [LoadOrder] {
        defer {
            forgetHistory()
            makeCapacity(0, now)
        }
        return fills.leases.sorted().compactMap { token in
            fills.remove(token).flatMap { loadForQueued($0.address, and: [], now) }
        }
    }

    // MARK: Time

    /// When `expireFills` has something to do.
    package var nextDeadline: CacheTime? { fills.nextDeadline }

    /// Ends the fills whose time is over: a load that comes later is not stored.
    package mutating func expireFills(_ now: CacheTime) -> [LoadEnd] {
        var ends: [LoadEnd] = []
        while let token = fills.popOverdue(now), let fill = fills.remove(token) {
            switch fill.kind {
            case .load: ends.append(endFailed(fill, now))
            case .lease:
                if let next = loadForQueued(fill.address, and: [], now) {
                    var end = LoadEnd(outcome: .unknown)
                    end.next = next
                    ends.append(end)
                }
            }
        }
        forgetHistory()
        makeCapacity(0, now)
        return ends
    }

    // MARK: Writes

    /// Stores what a client writes. Fills of the key that are under way are void.
    package mutating func set(
        _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime, _ now: CacheTime
    ) -> Bool {
        tick += 1
        fills.markVoid(address)
        let entry = CacheEntry(
            key: address.key, value: value, tags: shared(tags, address.namespace), since: now, lifetime: lifetime)
        return insert(entry, address, tick: tick, now)
    }

    /// Stores what a client writes, if the condition holds.
    package mutating func set(
        _ address: CacheAddress, _ value: CacheValue, tags: [String], lifetime: Lifetime, if condition: WriteCondition,
        _ now: CacheTime
    ) -> WriteOutcome {
        guard condition.holds(for: presentEntry(address, now)) else { return .conditionFailed }
        return set(address, value, tags: tags, lifetime: lifetime, now) ? .done : .tooLarge
    }

    /// Removes what the key has, if the condition holds.
    package mutating func delete(
        _ address: CacheAddress, if condition: WriteCondition, _ now: CacheTime
    ) -> WriteOutcome {
        guard condition.holds(for: presentEntry(address, now)) else { return .conditionFailed }
        _ = delete(address, now)
        return .done
    }

    /// What readers would get.
    private func presentEntry(_ address: CacheAddress, _ now: CacheTime) -> CacheEntry? {
        guard let slot = visibleSlot(address), let entry = slots[slot].entry else { return nil }
        switch entry.freshness(now) {
        case .fresh, .stale: return entry
        case .staleIfError, .dead: return nil
        }
    }

    /// - Returns: whether readers would have got a value.
    package mutating func delete(_ address: CacheAddress, _ now: CacheTime) -> Bool {
        tick += 1
        fills.markVoid(address)
        diskChanges?.append(.remove(address))
        guard let slot = find(address) else { return false }
        let wasVisible = visibleSlot(address) != nil && isVisible(slot, now)
        remove(slot, .deleted)
        return wasVisible
    }

    // MARK: Decisions

    /// Whether something that means the fill was handled since its start.
    ///
    /// - Parameter tags: nil where they are not known: then any tag may be meant.
    func isOvertaken(_ fill: Fill, _ loadedTags: [String]?) -> Bool {
        guard isJoinable(fill), let namespace = self[fill.address.namespace] else { return true }
        guard namespace.tagTick > fill.startTick else { return false }
        guard let loadedTags else { return true }
        let number = fill.address.namespace.value
        return loadedTags.contains { name in
            let hash = tags.hash(name, number)
            if let tag = tags.find(name, number, hash), tags.record(tag).lastTick > fill.startTick { return true }
            return history.isInvalidated(tag: hash, since: fill.startTick)
        }
    }

    /// Whether what is loaded may be answered to somebody who comes now, as far as that is known without its tags.
    private func isJoinable(_ fill: Fill) -> Bool {
        guard !fill.isVoid, fill.startTick >= history.floorTick else { return false }
        let everything = self[fill.address.namespace]?.everythingTick ?? 0
        return fill.startTick > everything
            && !history.isCovered(fill.address.key, fill.address.namespace.value, since: fill.startTick)
    }

    private func isLate(_ fill: Fill) -> Bool { (self[fill.address.namespace]?.tagTick ?? 0) > fill.startTick }

    /// Behind an invalidation a replica may lag: what is loaded meanwhile is kept for that long only.
    private func bounded(_ lifetime: Lifetime, _ fill: Fill) -> Lifetime {
        guard let namespace = self[fill.address.namespace], namespace.refillDelay > .zero,
            let last = namespace.lastInvalidation, fill.startedAt < last + namespace.refillDelay
        else { return lifetime }
        return Lifetime(fresh: min(lifetime.fresh, namespace.refillDelay))
    }

    func shared(_ names: [String], _ namespace: NamespaceNumber) -> [String] {
        names.map { tags.shared($0, namespace.value) }
    }

    private func refused(_ reason: FillRefusal.Reason) -> ReadAnswer {
        .refused(FillRefusal(reason: reason, retryAfter: .seconds(1)))
    }
}
