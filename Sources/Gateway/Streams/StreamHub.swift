internal import HTTP
internal import Runtime
internal import Synchronization

/// Hub of live streams: takes new ones from the threads that serve, and serves all of them on one of its own.
final class StreamHub: Sendable {
    /// What the threads that serve tell.
    enum Message: Sendable {
        case ordered(StreamOpening)
        /// The client has taken all after its buffer was full.
        case drained(UInt64)
        case closed(UInt64)
        /// How many partitions the topics have.
        case counted([String: Int])
    }

    private struct State {
        var inbox: [Message] = []
        /// By owner, the streams that are open or wait to be.
        var counts: [String: Int] = [:]
        var count = 0
        var nextKey: UInt64 = 0
        var isOpen = true
        var waker: Waker?
    }

    /// For each client: what it has not read, beside what the system holds for it.
    private static let bufferBytesMax = 64 << 10

    private let configuration: GatewayConfiguration
    private let follower: StreamFollower
    private let metrics: StreamMetrics
    private let log: Log
    private let state = Mutex(State())

    init(_ configuration: GatewayConfiguration, links: StatusLinks, registry: MetricsRegistry, log: Log) {
        self.configuration = configuration
        follower = StreamFollower(links: links, targets: TargetEdges(configuration.edges))
        metrics = StreamMetrics(registry)
        self.log = log
    }

    /// Open streams.
    var count: Int { state.withLock { $0.count } }

    /// Opens a stream. Its answer begins as soon as it is certain where in the log: what is published behind that is
    /// told.
    ///
    /// - Parameter fields: of the answer, beside those of every stream.
    /// - Returns: false when too many are open; then nothing was answered.
    func open(_ order: StreamOrder, _ responder: HTTPResponder, _ fields: [(String, String)]) -> Bool {
        guard let key = reserve(order.owner) else {
            metrics.refused.increment()
            return false
        }
        let opening = StreamOpening(key: key, order: order, responder: responder, fields: fields)
        if !post(.ordered(opening)) { refuse(opening) }
        return true
    }

    /// Begins the answer; nil where the client is gone.
    private func begin(_ opening: StreamOpening) -> HTTPStream? {
        let (key, owner) = (opening.key, opening.order.owner)
        let fields = Self.headers + opening.fields
        guard let stream = opening.responder.stream(headers: fields, bufferBytesMax: Self.bufferBytesMax) else {
            release(owner)
            return nil
        }
        stream.onDrain { [weak self] in self?.post(.drained(key)) }
        stream.onClose { [weak self] in
            self?.release(owner)
            self?.post(.closed(key))
        }
        return stream
    }

    private func refuse(_ opening: StreamOpening) {
        release(opening.order.owner)
        opening.responder.respond(Problems.stopping)
    }

    /// Of an answer that is a stream of events.
    static let headers = ServerSentEvent.headers

    /// Tells how many partitions the topics have now.
    func updatePartitionCounts(_ counts: [String: Int]) {
        post(.counted(counts))
    }

    /// Ends all streams, and takes no more.
    func close() {
        state.withLock { state in
            state.isOpen = false
            return state.waker
        }?.wake()
    }

    /// Serves until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`
    func run() throws {
        let loop = try EventLoop()
        let streams = try StreamLoop(configuration, follower: follower, metrics: metrics, log: log) { [unowned self] in
            begin($0)
        }
        let watch = try loop.watch(streams.descriptor, .read) { _ in streams.readLog() }
        var timer: LoopTimer?
        timer = try loop.timer {
            streams.keepTime()
            timer?.schedule(after: StreamLoop.tick)
        }
        // The handler reaches the timer and the timer holds the handler.
        defer { timer = nil }
        let waker = try loop.makeWaker { [unowned self, unowned loop] in
            let (messages, isOpen) = state.withLock { state in
                defer { state.inbox = [] }
                return (state.inbox, state.isOpen)
            }
            streams.handle(messages)
            guard !isOpen else { return }
            for opening in streams.close() { refuse(opening) }
            loop.stop()
        }
        state.withLock { $0.waker = waker }
        defer { state.withLock { $0.waker = nil } }
        // What came before there was a waker.
        waker.wake()
        timer?.schedule(after: StreamLoop.tick)
        withExtendedLifetime(watch) { loop.run() }
    }

    /// - Returns: false when nobody reads it any more.
    @discardableResult
    private func post(_ message: Message) -> Bool {
        let (isTaken, waker): (Bool, Waker?) = state.withLock { state in
            guard state.isOpen else { return (false, nil) }
            state.inbox.append(message)
            return (true, state.waker)
        }
        waker?.wake()
        return isTaken
    }

    private func reserve(_ owner: String) -> UInt64? {
        state.withLock { state in
            guard state.isOpen, state.count < configuration.streamsMax,
                state.counts[owner, default: 0] < configuration.streamsPerClient
            else { return nil }
            state.count += 1
            state.counts[owner, default: 0] += 1
            state.nextKey += 1
            return state.nextKey
        }
    }

    private func release(_ owner: String) {
        state.withLock { state in
            state.count -= 1
            let left = state.counts[owner, default: 1] - 1
            state.counts[owner] = left > 0 ? left : nil
        }
    }
}
