internal import Basics
internal import Caches
internal import HTTP
internal import Runtime

/// Answers GET and HEAD of one entry.
struct ReadEndpoint: Sendable {
    let service: CacheService
    let isPrivate: @Sendable () -> Bool

    /// - Throws: a miss, too.
    func answer(_ request: HTTPRequest, _ target: EntryTarget) throws(CallRefusal) -> HTTPResponse {
        let time = MonotonicTime.now()
        let now = CacheTime(time)
        guard service.sync.isSynced(time) else {
            service.metrics.read(.bypass)
            throw CallRefusal(404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.unsynced)])
        }
        guard let (entry, freshness) = try find(request, target, now), let value = entry.value,
            freshness != .staleIfError
        else {
            service.metrics.read(.miss)
            throw CallRefusal(404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.miss)])
        }
        service.metrics.read(freshness == .fresh ? .hit : .stale)
        let fields = EntryFields(entry: entry, value: value, now: now, isPrivate: isPrivate()).all
        let condition = WriteCondition(match: request.headers.list("If-Match"))
        guard condition.holds(for: entry) else { throw .conditionFailed }
        if let list = request.headers.list("If-None-Match"), value.entityTag.isNamed(in: list, isWeak: true) {
            return HTTPResponse(status: 304, headers: fields)
        }
        return HTTPResponse(
            status: 200, headers: [("Content-Type", "application/json")] + fields, body: value.bytes)
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
                headers: [(CacheStatus.name, status), ("Retry-After", String(Self.seconds(refusal.retryAfter)))])
        }
    }

    /// Whole seconds, rounded up, and one at least.
    private static func seconds(_ duration: Duration) -> Int64 {
        max(1, duration.millisecondsRoundedUp.addingReportingOverflow(999).partialValue / 1_000)
    }
}

extension HTTPHeaders {
    /// All fields of that name as one list; nil where there is none.
    func list(_ name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}
