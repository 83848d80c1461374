internal import Caches
internal import HTTP
internal import Invalidations
internal import Runtime

/// Carries out loads on a thread of its own, and answers those who wait.
final class OriginLoader: Sendable {
    let readers = WaitingReaders()
    let service: CacheService
    private let journal: WriteJournal?
    private let calls: HTTPCalls
    private let answers = OriginAnswer()

    /// - Parameter journal: which loads what the main database has; nil where there is none.
    init(_ service: CacheService, _ journal: WriteJournal?) {
        (self.service, self.journal) = (service, journal)
        calls = HTTPCalls(of: "origins", countMax: service.store.fillsMax)
    }

    /// From any thread. The disk is asked first, where there is one.
    func startLoad(_ order: LoadOrder) {
        guard order.looksOnDisk, let disk = service.disk(of: order.address.namespace) else {
            return loadFromSource(order)
        }
        disk.find(order.address) { [self] entry in endSearch(of: entry, order) }
    }

    func loadFromSource(_ order: LoadOrder) {
        switch service.source(of: order.address.namespace) {
        case .database(let namespace):
            guard let journal else { return finish(order, .failed) }
            journal.load(namespace, order.address.key, before: order.deadline) { [self] in finish(order, $0) }
        case .sql(let origin, let rules):
            origin.load(order.address.key, rules, before: order.deadline) { [self] in finish(order, $0) }
        case .http(let namespace, let origin, let rules):
            if service.ownsKeys(of: namespace), let newest = journal?.unflushed(namespace, order.address.key) {
                return finish(order, newest)
            }
            load(order, namespace, origin, rules)
        case nil: finish(order, .nowhere)
        }
    }

    private func load(
        _ order: LoadOrder, _ namespace: Namespace, _ origin: OriginConfiguration, _ rules: NamespaceRules
    ) {
        guard let request = Self.request(order, namespace, origin) else {
            return finish(order, .absent(CacheLimits.absenceMax))
        }
        calls.send(request) { [self] result, _ in
            finish(order, answers.result(of: result, order, origin, rules))
        }
    }

    /// Answers those who waited for a load that is over, and starts the one that follows. From any thread.
    func handle(_ end: LoadEnd) {
        for (waiters, answer) in end.answers {
            for id in waiters {
                guard let reader = readers.remove(id) else { continue }
                reader.deliver(answer, end.outcome, reader.isCollapsed)
            }
        }
        if let next = end.next { startLoad(next) }
    }

    /// Starts no more loads; those that wait are told.
    func close() { calls.close() }

    /// Works until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`, `HTTPClientFailure`
    func run() throws {
        try calls.run()
        for reader in readers.removeAll() {
            reader.deliver(.failed(retryAfter: .seconds(1)), .failed, reader.isCollapsed)
        }
    }

    func finish(_ order: LoadOrder, _ result: LoadResult) {
        service.warmings?.recordLoad(order, result, .now())
        handle(service.store.finishLoad(order, service.compression.held(result), .now()))
    }

    /// - Returns: nil where the origin can have no such thing.
    private static func request(
        _ order: LoadOrder, _ namespace: Namespace, _ origin: OriginConfiguration
    ) -> HTTPClientRequest? {
        guard let url = origin.url(namespace, order.address.key) else { return nil }
        var headers = [("Accept", "application/json")]
        if let token = origin.token { headers.append(("Authorization", "Bearer \(token)")) }
        if let tag = order.origin?.entityTag { headers.append(("If-None-Match", tag)) }
        if let date = order.origin?.lastModified { headers.append(("If-Modified-Since", date)) }
        var request = HTTPClientRequest(
            url: url, headers: headers,
            timeout: max(.milliseconds(1), min(origin.timeout, order.deadline.since(.now()))),
            responseBytesMax: CacheLimits.valueBytes)
        request.keepsHeader = true
        return request
    }
}
