internal import Basics
internal import Caches
internal import HTTP
internal import Runtime

/// Answers GET and HEAD of one entry.
struct ReadEndpoint: Sendable {
    let writer: CacheWriter
    let loader: OriginLoader
    let isPrivate: @Sendable () -> Bool

    private var service: CacheService { writer.service }

    /// The id of an event of the gateway, whose invalidation the answer must know.
    static let afterField = "Cache-After"

    /// - Throws: a miss, too.
    func answer(
        _ request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        guard let position = request.headers.first(Self.afterField) else { return try read(request, target, answer) }
        let isOne = service.gate.awaitPosition(position, .now()) { isReached in
            do throws(CallRefusal) {
                guard isReached else {
                    service.metrics.read(.bypass)
                    throw .behind
                }
                try read(request, target, answer)
            } catch {
                answer(error.response(to: request))
            }
        }
        if !isOne { throw .malformedPosition }
    }

    private func read(
        _ request: HTTPRequest, _ target: EntryTarget, _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        let time = MonotonicTime.now()
        let journal = writer.journal(of: target.namespace)
        let hasSource = journal != nil || service.isReadThrough(target.namespace)
        guard service.sync.isSynced(time) else {
            service.metrics.read(.bypass)
            // Where there is an origin, it may have what the cache must not answer with.
            throw hasSource
                ? .unsynced
                : CallRefusal(404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.unsynced)])
        }
        if let journal {
            switch journal.ownership(of: target.namespace, target.key) {
            case .owned: break
            case .restoring: throw .restoring
            case .elsewhere:
                return journal.findOwner(of: target.namespace, target.key) { address in
                    answer(CallRefusal.elsewhere(address, request).response(to: request))
                }
            }
        }
        if hasSource { return try readThrough(request, target, CacheTime(time), answer) }
        guard let address = service.addressOnDisk(target) else {
            return answer(try brought(nil, request, target, CacheTime(time)))
        }
        try readWithDisk(request, target, address, CacheTime(time), answer)
    }

    func response(
        _ entry: CacheEntry, _ value: CacheValue, to request: HTTPRequest, status: String? = nil,
        lease: FillToken? = nil
    ) throws(CallRefusal) -> HTTPResponse {
        let answered = AnsweredValue(value, for: request.headers)
        func fields(_ entityTag: String) -> [(String, String)] {
            EntryFields(
                entry: entry, value: value, entityTag: entityTag, now: .now(), isPrivate: isPrivate(), status: status,
                lease: lease
            ).all
        }
        let condition = WriteCondition(match: request.headers.list("If-Match"))
        guard condition.holds(for: entry) else { throw .conditionFailed }
        if let list = request.headers.list("If-None-Match"),
            let named = value.entityTag.named(in: list, isWeak: true, preferring: answered.coding)
        {
            return HTTPResponse(status: 304, headers: fields(named))
        }
        guard let body = answered.body else { throw .damagedValue }
        let response = HTTPResponse(status: 200, headers: answered.fields + fields(answered.entityTag), body: body)
        guard answered.coding == .identity, ContentCoding.isPlainRefused(by: request.headers.all("Accept-Encoding"))
        else { return response }
        guard let encoded = response.encoded(for: request.headers) else { throw .notAcceptable }
        return encoded
    }

    // MARK: Values that clients bring

    /// Looks into memory, then on the disk, and answers what there is without both.
    private func readWithDisk(
        _ request: HTTPRequest, _ target: EntryTarget, _ address: CacheAddress, _ now: CacheTime,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        if case .found(let entry, let freshness) = service.store.lookup(address, now), freshness != .staleIfError,
            entry.value != nil
        {
            return answer(try brought(entry, request, target, now))
        }
        loader.readDisk(address) { entry in
            do throws(CallRefusal) {
                answer(try brought(entry, request, target, .now()))
            } catch {
                answer(error.response(to: request))
            }
        }
    }

    /// - Parameter found: what the reader gets unless there is a newer one; nil where it was not looked for yet.
    private func brought(
        _ found: CacheEntry?, _ request: HTTPRequest, _ target: EntryTarget, _ now: CacheTime
    ) throws(CallRefusal) -> HTTPResponse {
        let known = service.store.number(target.namespace)
        if let found, found.value != nil, found.freshness(now) == .fresh || !Self.wantsLease(request) {
            return try brought(found, nil, known, request, now)
        }
        guard Self.wantsLease(request) else {
            guard let known,
                case .found(let entry, _) = service.store.lookup(
                    service.store.address(known, target.key), now)
            else { throw missing(known) }
            return try brought(entry, nil, known, request, now)
        }
        // Only who knows of a lease asks for one, so it may bring entries into a namespace that has none.
        guard let number = service.register(target.namespace) else { throw .tooManyNamespaces }
        switch service.store.acquireLease(service.store.address(number, target.key), now) {
        case .found(let entry, _): return try brought(entry, nil, number, request, now)
        case .renewed(let entry, let token): return try brought(entry, token, number, request, now)
        case .won(let token, _):
            // Memory may have evicted what was found.
            if let found, found.value != nil { return try brought(found, token, number, request, now) }
            throw missing(number, (LeaseField.name, LeaseField.text(token)))
        case .refused(let refusal):
            if let found, found.value != nil { return try brought(found, nil, number, request, now) }
            let status = refusal.reason == .leaseHeld ? CacheStatus.leaseHeld : CacheStatus.miss
            throw missing(number, ("Retry-After", refusal.retryAfter.wholeSecondsText), status)
        }
    }

    /// - Parameter lease: to bring a newer value; nil for none.
    private func brought(
        _ entry: CacheEntry, _ lease: FillToken?, _ number: NamespaceNumber?, _ request: HTTPRequest, _ now: CacheTime
    ) throws(CallRefusal) -> HTTPResponse {
        let freshness = entry.freshness(now)
        guard let value = entry.value, freshness == .fresh || freshness == .stale else { throw missing(number) }
        service.read(freshness == .fresh ? .hit : .stale, number)
        do throws(CallRefusal) {
            let response = try response(entry, value, to: request, lease: lease)
            service.metrics.hit(since: now)
            return response
        } catch {
            var refusal = error
            if let lease { refusal.headers.append((LeaseField.name, LeaseField.text(lease))) }
            throw refusal
        }
    }

    private static func wantsLease(_ request: HTTPRequest) -> Bool {
        request.method == "GET" && request.parameter("lease") == "1"
    }

    private func missing(
        _ number: NamespaceNumber?, _ field: (String, String)? = nil, _ status: String = CacheStatus.miss
    ) -> CallRefusal {
        service.read(.miss, number)
        return CallRefusal(
            404, CallRefusal.missing.words, headers: [(CacheStatus.name, status)] + (field.map { [$0] } ?? []))
    }

    // MARK: Values from an origin

    private func readThrough(
        _ request: HTTPRequest, _ target: EntryTarget, _ now: CacheTime,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        guard let number = service.register(target.namespace) else { throw .tooManyNamespaces }
        let address = service.store.address(number, target.key)
        service.warmings?.recordRead(address, now)
        // Before the store is asked: a load that is under way may end at any time.
        let waiter = loader.readers.add { end, outcome, isCollapsed in
            answer(loaded(end, outcome, isCollapsed, number, request))
        }
        switch service.store.read(address, waiter, now) {
        case .load(let order): loader.startLoad(order)
        case .joined:
            service.metrics.collapsed.increment()
            loader.readers.markCollapsed(waiter)
        case .hit(let entry, let isStale, let load):
            _ = loader.readers.remove(waiter)
            if let load { loader.startLoad(load) }
            guard let value = entry.value else { throw negative(number) }
            service.read(isStale ? .stale : .hit, number)
            let response = try response(entry, value, to: request)
            service.metrics.hit(since: now)
            answer(response)
        case .absent:
            _ = loader.readers.remove(waiter)
            throw negative(number)
        case .refused(let refusal):
            _ = loader.readers.remove(waiter)
            service.read(.miss, number)
            guard refusal.reason == .backoff else { throw .overloaded }
            throw Self.originFails(refusal.retryAfter)
        }
    }

    /// What a reader gets that has waited for a load.
    private func loaded(
        _ end: LoadEnd.Answer, _ outcome: LoadEnd.Outcome, _ isCollapsed: Bool, _ number: NamespaceNumber,
        _ request: HTTPRequest
    ) -> HTTPResponse {
        do throws(CallRefusal) {
            switch end {
            case .entry(let entry, let isStale):
                guard let value = entry.value else { throw negative(number, isLoaded: true) }
                let result: CacheMetrics.ReadResult = outcome == .overtaken ? .overtaken : .miss
                service.read(isStale ? .stale : outcome == .found ? .hit : result, number)
                // What stands in for an answer that failed was there before.
                let wasThere = outcome == .failed || outcome == .found
                let status = wasThere ? nil : Self.status(outcome, isCollapsed, entry)
                return try response(entry, value, to: request, status: status)
            case .absent: throw negative(number, isLoaded: true)
            case .failed(let retryAfter):
                service.read(.miss, number)
                throw Self.originFails(retryAfter)
            }
        } catch {
            return error.response(to: request)
        }
    }

    private static func status(_ outcome: LoadEnd.Outcome, _ isCollapsed: Bool, _ entry: CacheEntry) -> String {
        let detail =
            switch outcome {
            case .stored: isCollapsed ? "collapsed" : "stored"
            case .overtaken: "detail=overtaken"
            case .tooLarge, .failed, .absent, .found, .unknown: "detail=not-stored"
            }
        return CacheStatus.loaded(detail, ttl: entry.statusTTL(.now()))
    }

    /// - Parameter isLoaded: that is known because of this reader.
    private func negative(_ number: NamespaceNumber, isLoaded: Bool = false) -> CallRefusal {
        service.read(.negative, number, isLoaded: isLoaded)
        return CallRefusal(404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.negative)])
    }

    private static func originFails(_ retryAfter: Duration) -> CallRefusal {
        var refusal = CallRefusal.originFails
        refusal.headers = [("Retry-After", retryAfter.wholeSecondsText), (CacheStatus.name, CacheStatus.miss)]
        return refusal
    }
}

extension Duration {
    /// Whole seconds of `Retry-After`, rounded up, and one at least.
    var wholeSecondsText: String {
        String(max(1, millisecondsRoundedUp.addingReportingOverflow(999).partialValue / 1_000))
    }
}

extension HTTPHeaders {
    /// All fields of that name as one list; nil where there is none.
    func list(_ name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
