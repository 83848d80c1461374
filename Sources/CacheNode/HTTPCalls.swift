internal import HTTP
internal import Runtime
internal import Synchronization

/// Calls of other servers, on a thread of their own: as many at a time as it is made for.
final class HTTPCalls: Sendable {
    typealias Completion = @Sendable (HTTPClientResult, _ time: Duration) -> Void

    private struct Order {
        let request: HTTPClientRequest
        let dueAt: MonotonicTime
        let completion: Completion
    }

    private struct State {
        var orders: [Order] = []
        /// Those that have no answer yet.
        var count = 0
        var isOpen = true
        var waker: Waker?
    }

    /// Before a server is asked for a second opinion.
    static let pause = Duration.seconds(1)

    private let servers: String
    private let countMax: Int
    private let configuration: HTTPClientConfiguration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - servers: names them in messages.
    ///   - countMax: calls without an answer.
    ///   - connectionsPerHostMax: nil for what is usual.
    init(of servers: String, countMax: Int, connectionsPerHostMax: Int? = nil) {
        (self.servers, self.countMax) = (servers, countMax)
        var configuration = HTTPClientConfiguration()
        if let connectionsPerHostMax { configuration.connectionsPerHostMax = connectionsPerHostMax }
        self.configuration = configuration
    }

    /// - Parameter completion: called once, from any thread.
    func send(_ request: HTTPClientRequest, isLater: Bool = false, _ completion: @escaping Completion) {
        guard !accept(request, isLater: isLater, completion) else { return }
        let failure = HTTPClientFailure(.other, "too many calls of \(servers) wait", mayHaveBeenSent: false)
        completion(.failure(failure), .zero)
    }

    /// - Returns: false where too many calls wait; then `completion` is not called.
    func accept(_ request: HTTPClientRequest, isLater: Bool = false, _ completion: @escaping Completion) -> Bool {
        let order = Order(
            request: request, dueAt: isLater ? .now() + Self.pause : .now(), completion: completion)
        let (isAccepted, waker) = state.withLock { state -> (Bool, Waker?) in
            guard state.isOpen, state.count < countMax else { return (false, nil) }
            state.count += 1
            state.orders.append(order)
            return (true, state.waker)
        }
        if isAccepted { waker?.wake() }
        return isAccepted
    }

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
        let client = try HTTPClient(loop: loop, configuration: configuration)
        let calls = Calls(client)
        client.onFinish = { [unowned self, unowned calls] token, result in
            state.withLock { $0.count -= 1 }
            calls.end(token, result)
        }
        let timer = try loop.timer { [unowned calls] in calls.sendDue(.now()) }
        let waker = try loop.makeWaker { [unowned self, unowned loop, unowned client, unowned calls] in
            let (orders, isOpen) = state.withLock { state in
                defer { state.orders = [] }
                return (state.orders, state.isOpen)
            }
            for order in orders { calls.add(order) }
            guard isOpen else {
                client.cancelAll()
                return loop.stop()
            }
            calls.schedule = { [unowned timer] in timer.schedule(after: $0) }
            calls.sendDue(.now())
        }
        state.withLock { $0.waker = waker }
        // What came before there was a waker.
        waker.wake()
        withExtendedLifetime((client, timer)) { loop.run() }
        state.withLock { $0.waker = nil }
        calls.failDelayed()
    }

    /// Calls of the loop's thread.
    private final class Calls {
        var schedule: ((Duration) -> Void)?
        private let client: HTTPClient
        private var delayed: [Order] = []
        private var sent: [UInt64: (completion: Completion, at: MonotonicTime)] = [:]
        private var lastToken: UInt64 = 0

        init(_ client: HTTPClient) {
            self.client = client
        }

        func add(_ order: Order) {
            if order.dueAt <= .now() { send(order) } else { delayed.append(order) }
        }

        /// All wait equally long, so the first is due first.
        func sendDue(_ now: MonotonicTime) {
            while let first = delayed.first, first.dueAt <= now { send(delayed.removeFirst()) }
            if let first = delayed.first { schedule?(first.dueAt - now) }
        }

        func end(_ token: UInt64, _ result: HTTPClientResult) {
            guard let call = sent.removeValue(forKey: token) else { return }
            call.completion(result, .now() - call.at)
        }

        func failDelayed() {
            for order in delayed {
                order.completion(
                    .failure(HTTPClientFailure(.cancelled, "the node ends", mayHaveBeenSent: false)), .zero)
            }
            delayed = []
        }

        private func send(_ order: Order) {
            lastToken += 1
            sent[lastToken] = (order.completion, .now())
            client.send(order.request, token: lastToken)
        }
    }
}
