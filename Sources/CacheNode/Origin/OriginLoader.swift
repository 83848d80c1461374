internal import Caches
internal import HTTP
internal import Invalidations
internal import Runtime
internal import Synchronization

/// Carries out loads on its own thread, and answers those who wait.
final class OriginLoader: Sendable {
    private struct State {
        var orders: [LoadOrder] = []
        var isOpen = true
        var waker: Waker?
    }

    let readers = WaitingReaders()
    let service: CacheService
    private let journal: WriteJournal?
    private let state = Mutex(State())

    /// - Parameter journal: which loads what the main database has; nil where there is none.
    init(_ service: CacheService, _ journal: WriteJournal?) {
        (self.service, self.journal) = (service, journal)
    }

    /// From any thread. The disk is asked first, where there is one.
    func startLoad(_ order: LoadOrder) {
        guard order.looksOnDisk, let disk = service.disk(of: order.address.namespace) else {
            return loadFromSource(order)
        }
        disk.find(order.address) { [self] entry in endSearch(of: entry, order) }
    }

    func loadFromSource(_ order: LoadOrder) {
        guard service.source(of: order.address.namespace) != nil else { return finish(order, .nowhere) }
        if case .database(let namespace) = service.source(of: order.address.namespace), let journal {
            return journal.load(namespace, order.address.key) { [self] in finish(order, $0) }
        }
        if case .sql(let origin, let rules) = service.source(of: order.address.namespace) {
            return origin.load(order.address.key, rules) { [self] in finish(order, $0) }
        }
        if case .http(let namespace, _, _) = service.source(of: order.address.namespace),
            service.ownsKeys(of: namespace), let newest = journal?.unflushed(namespace, order.address.key)
        {
            return finish(order, newest)
        }
        let (isTaken, waker): (Bool, Waker?) = state.withLock { state in
            guard state.isOpen else { return (false, nil) }
            state.orders.append(order)
            return (true, state.waker)
        }
        if isTaken { waker?.wake() } else { finish(order, .failed) }
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
    func close() {
        state.withLock { state in
            state.isOpen = false
            return state.waker
        }?.wake()
    }

    /// Works until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`, `HTTPClientFailure`
    func run() throws {
        let loop = try EventLoop()
        let client = try HTTPClient(loop: loop)
        let answers = OriginAnswer()
        var running: [UInt64: LoadOrder] = [:]
        client.onFinish = { [unowned self] token, result in
            guard let order = running.removeValue(forKey: token) else { return }
            guard case .http(_, let origin, let rules) = service.source(of: order.address.namespace) else {
                return finish(order, .failed)
            }
            finish(order, answers.result(of: result, order, origin, rules))
        }
        let waker = try loop.makeWaker { [unowned self, unowned loop, unowned client] in
            let (orders, isOpen) = state.withLock { state in
                defer { state.orders = [] }
                return (state.orders, state.isOpen)
            }
            for order in orders {
                guard let request = request(order) else {
                    finish(order, .absent(CacheLimits.absenceMax))
                    continue
                }
                running[order.token.value] = order
                client.send(request, token: order.token.value)
            }
            guard !isOpen else { return }
            client.cancelAll()
            loop.stop()
        }
        state.withLock { $0.waker = waker }
        // What came before there was a waker.
        waker.wake()
        withExtendedLifetime(client) { loop.run() }
        state.withLock { $0.waker = nil }
        for reader in readers.removeAll() {
            reader.deliver(.failed(retryAfter: .seconds(1)), .failed, reader.isCollapsed)
        }
    }

    func finish(_ order: LoadOrder, _ result: LoadResult) {
        service.warmings?.recordLoad(order, result, .now())
        handle(service.store.finishLoad(order, result, .now()))
    }

    /// - Returns: nil where the origin can have no such thing.
    private func request(_ order: LoadOrder) -> HTTPClientRequest? {
        guard case .http(let namespace, let origin, _) = service.source(of: order.address.namespace),
            let url = origin.url(namespace, order.address.key)
        else { return nil }
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
