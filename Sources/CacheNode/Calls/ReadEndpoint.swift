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
            return answer(try brought(request, target, CacheTime(time)))
        }
        try readWithDisk(request, target, address, CacheTime(time), answer)
    }

    func response(
        _ entry: CacheEntry, _ value: CacheValue, to request: HTTPRequest, status: String? = nil
    ) throws(CallRefusal) -> HTTPResponse {
        let fields = EntryFields(entry: entry, value: value, now: .now(), isPrivate: isPrivate(), status: status).all
        let condition = WriteCondition(match: request.headers.list("If-Match"))
        guard condition.holds(for: entry) else { throw .conditionFailed }
        if let list = request.headers.list("If-None-Match"), value.entityTag.isNamed(in: list, isWeak: true) {
            return HTTPResponse(status: 304, headers: fields)
        }
        return HTTPResponse(status: 200, headers: [("Content-Type", "application/json")] + fields, body: value.bytes)
    }

    // MARK: Values that clients bring

    /// Looks into memory, then on the disk, and answers what there is without both.
    private func readWithDisk(
        _ request: HTTPRequest, _ target: EntryTarget, _ address: CacheAddress, _ now: CacheTime,
        _ answer: @escaping @Sendable (HTTPResponse) -> Void
    ) throws(CallRefusal) {
        if case .found(let entry, let freshness) = service.store.lookup(address, now), freshness != .staleIfError,
            let value = entry.value
        {
            service.metrics.read(freshness == .fresh ? .hit : .stale)
            return answer(try response(entry, value, to: request))
        }
        loader.readDisk(address) { entry in
            do throws(CallRefusal) {
                guard let entry, let value = entry.value else { return answer(try brought(request, target, .now())) }
                service.metrics.read(entry.freshness(.now()) == .fresh ? .hit : .stale)
                answer(try response(entry, value, to: request))
            } catch {
                answer(error.response(to: request))
            }
        }
    }

    private func brought(
        _ request: HTTPRequest, _ target: EntryTarget, _ now: CacheTime
    ) throws(CallRefusal) -> HTTPResponse {
        guard let (entry, freshness) = try find(request, target, now), let value = entry.value,
            freshness != .staleIfError
        else {
            service.metrics.read(.miss)
            throw CallRefusal(404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.miss)])
        }
        service.metrics.read(freshness == .fresh ? .hit : .stale)
        return try response(entry, value, to: request)
    }

    private func find(
        _ request: HTTPRequest, _ target: EntryTarget, _ now: CacheTime
    ) throws(CallRefusal) -> (CacheEntry, Freshness)? {
        guard request.method == "GET", request.parameter("lease") == "1" else {
            guard let number = service.store.number(target.namespace),
                case .found(let entry, let freshness) = service.store.lookup(
                    service.store.address(number, target.key), now)
            else { return nil }
            return (entry, freshness)
        }
        // Only who knows of a lease asks for one, so it may bring entries into a namespace that has none.
        guard let number = service.register(target.namespace) else { throw .tooManyNamespaces }
        switch service.store.acquireLease(service.store.address(number, target.key), now) {
        case .found(let entry, let freshness): return (entry, freshness)
        case .won(let token, _):
            service.metrics.read(.miss)
            throw CallRefusal(
                404, CallRefusal.missing.words,
                headers: [(CacheStatus.name, CacheStatus.miss), (LeaseField.name, LeaseField.text(token))])
        case .refused(let refusal):
            service.metrics.read(.miss)
            let status = refusal.reason == .leaseHeld ? CacheStatus.leaseHeld : CacheStatus.miss
            throw CallRefusal(
                404, CallRefusal.missing.words,
                headers: [(CacheStatus.name, status), ("Retry-After", refusal.retryAfter.wholeSecondsText)])
        }
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
            answer(loaded(end, outcome, isCollapsed, request))
        }
        switch service.store.read(address, waiter, now) {
        case .load(let order): loader.startLoad(order)
        case .joined:
            service.metrics.collapsed.increment()
            loader.readers.markCollapsed(waiter)
        case .hit(let entry, let isStale, let load):
            _ = loader.readers.remove(waiter)
            if let load { loader.startLoad(load) }
            guard let value = entry.value else { throw negative() }
            service.metrics.read(isStale ? .stale : .hit)
            answer(try response(entry, value, to: request))
        case .absent:
            _ = loader.readers.remove(waiter)
            throw negative()
        case .refused(let refusal):
            _ = loader.readers.remove(waiter)
            service.metrics.read(.miss)
            guard refusal.reason == .backoff else { throw .overloaded }
            throw Self.originFails(refusal.retryAfter)
        }
    }

    /// What a reader gets that has waited for a load.
    private func loaded(
        _ end: LoadEnd.Answer, _ outcome: LoadEnd.Outcome, _ isCollapsed: Bool, _ request: HTTPRequest
    ) -> HTTPResponse {
        do throws(CallRefusal) {
            switch end {
            case .entry(let entry, let isStale):
                guard let value = entry.value else { throw negative() }
                let result: CacheMetrics.ReadResult = outcome == .overtaken ? .overtaken : .miss
                service.metrics.read(isStale ? .stale : outcome == .found ? .hit : result)
                // What stands in for an answer that failed was there before.
                let wasThere = outcome == .failed || outcome == .found
                let status = wasThere ? nil : Self.status(outcome, isCollapsed, entry)
                return try response(entry, value, to: request, status: status)
            case .absent: throw negative()
            case .failed(let retryAfter):
                service.metrics.read(.miss)
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

    private func negative() -> CallRefusal {
        service.metrics.read(.negative)
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
