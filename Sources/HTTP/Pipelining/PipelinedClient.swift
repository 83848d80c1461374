internal import Glibc
public import Runtime

/// An HTTP/1.1 client of one server that sends calls without waiting for the answers before; in plain text only.
///
/// It belongs to its loop's thread. Answers come in the order of the calls on a connection, so one that is unclean ends
/// its connection, and what was sent behind it has an unknown outcome. A server that closes after a few answers, or
/// answers in a way that others can't follow, is not trusted for a while: the caller asks it otherwise then.
///
/// Calls on a kept connection that turns out to be closed are sent once more, as `HTTPClient` does, and so a call must
/// be safe to repeat.
public final class PipelinedClient {
    /// Called once for every `send`, never from within it. It may send again, cancel, or let the client go.
    public var onFinish: ((_ token: UInt64, _ result: HTTPClientResult) -> Void)?

    let configuration: PipelineConfiguration
    let origin: HTTPOrigin
    private let loop: EventLoop
    private var writer: RequestWriter
    /// Calls that no connection has yet.
    var waiting = CallQueue()
    var connections: [PipelinedConnection] = []
    private var connecting = 0
    /// Calls without a result.
    public internal(set) var inFlight = 0

    private let lookup = AddressLookup()
    private var lookupWaker: Waker?
    /// Where the server is; those that failed last are tried last.
    private var addresses: [PeerAddress] = []
    private var addressesUntil = MonotonicTime.now()
    private var isNumeric = false
    /// Addresses that have failed one after another.
    private var connectFailures = 0
    /// While calls have connections, one that failed is not followed by the next at once.
    private var connectPauseEnd: MonotonicTime?

    private var turn: LoopTimer?
    private var deadlines: LoopTimer?
    private var nextDeadline: MonotonicTime?
    private var isInTurn = false
    let buffer: UnsafeMutableRawBufferPointer
    var trust = PipelineTrust()

    private static let bufferBytes = 64 * 1024
    private static let addressesTime = Duration.seconds(60)
    /// A connection that was idle for so long may be forgotten by what lies between.
    private static let idleMax = Duration.seconds(100)
    private static let deadlineSlack = Duration.milliseconds(2)
    private static let connectPause = Duration.seconds(1)
    /// Connections are opened one by one up to here, and then for every so many calls.
    private static let connectionsAtFirst = 4
    private static let callsForAConnection = 8

    /// - Parameter url: any URL of the server.
    /// - Throws: for what is no URL of `http`, and when the loop has no means for one more client.
    public init(
        loop: EventLoop, url: String, configuration: PipelineConfiguration = PipelineConfiguration()
    ) throws {
        guard let origin = HTTPOrigin(url) else {
            throw HTTPClientFailure(.invalidURL, "not an address of plain HTTP: \(url)", mayHaveBeenSent: false)
        }
        self.loop = loop
        self.origin = origin
        self.configuration = configuration
        writer = RequestWriter(origin, userAgent: configuration.userAgent)
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 16)
        addresses = PeerAddress.lookup(origin.host, origin.port, isNumeric: true)
        isNumeric = !addresses.isEmpty
        turn = try loop.timer { [unowned self] in withExtendedLifetime(self) { work {} } }
        deadlines = try loop.timer { [unowned self] in withExtendedLifetime(self) { work { expire() } } }
        lookupWaker = try loop.makeWaker { [unowned self] in withExtendedLifetime(self) { work { useLookup() } } }
    }

    deinit {
        for connection in connections { connection.close() }
        buffer.deallocate()
    }

    /// False for a while after the server has shown that it does not keep up a pipeline.
    public var isTrusted: Bool { trust.isGiven(now: .now()) }

    /// Sends a call; its result comes to `onFinish` with the same token. The caller bounds how many there are.
    public func send(_ request: HTTPClientRequest, token: UInt64) {
        inFlight += 1
        let deadline = loop.now + request.timeout
        waiting.append(PipelinedCall(token: token, request: request, deadline: deadline))
        ring(at: deadline)
        if !isInTurn, turn?.isScheduled == false { turn?.schedule(after: .zero) }
    }

    /// Ends every call now: each is reported as cancelled, before this returns.
    public func cancelAll() {
        var failed: [(UInt64, HTTPClientFailure)] = []
        for connection in connections where !connection.calls.isEmpty || connection.state == .connecting {
            failed += end(connection, .cancelled)
        }
        for call in waiting.removeAll() {
            failed.append((call.token, HTTPClientFailure(.cancelled, "cancelled", mayHaveBeenSent: false)))
        }
        for (token, failure) in failed { finish(token, .failure(failure)) }
    }

    func finish(_ token: UInt64, _ result: HTTPClientResult) {
        inFlight -= 1
        onFinish?(token, result)
    }

    // MARK: Turns

    /// Does something, and then what follows: calls that can be sent are, and connections that are wanted opened.
    private func work(_ body: () -> Void) {
        isInTurn = true
        body()
        // Calls that make no request are reported, which may bring further calls.
        assignCalls()
        openConnections()
        for connection in connections where connection.isDirty {
            if !connection.flush() { broke(connection) }
        }
        isInTurn = false
        // What happened on the way may have left calls that nothing else would wake for.
        let isStuck = connections.isEmpty && !addresses.isEmpty
        if !waiting.isEmpty, isStuck || connections.contains(where: { $0.state == .open && hasCapacity($0) }) {
            turn?.schedule(after: .zero)
        }
    }

    private func hasCapacity(_ connection: PipelinedConnection) -> Bool {
        connection.calls.count < configuration.depth
    }

    /// Spreads what waits over the open connections, evenly: so that a slow call holds up as few as possible.
    private func assignCalls() {
        closeStale()
        while !waiting.isEmpty {
            let open = connections.filter { $0.state == .open && hasCapacity($0) }
            guard !open.isEmpty else { return }
            let load = open.reduce(waiting.count) { $0 + $1.calls.count }
            let share = min(configuration.depth, (load - 1) / open.count + 1)
            for connection in open where connection.state == .open {
                while connection.calls.count < share, let call = waiting.popFirst() {
                    do throws(HTTPClientFailure) {
                        try connection.append(call, &writer)
                    } catch {
                        finish(call.token, .failure(error))
                    }
                }
            }
        }
    }

    private func closeStale() {
        guard !waiting.isEmpty else { return }
        let now = loop.now
        for connection in connections
        where connection.state == .open && connection.calls.isEmpty && now - connection.idleSince > Self.idleMax {
            _ = end(connection, .cancelled)
        }
    }

    // MARK: Connecting

    private func openConnections() {
        guard !isConnectPaused else { return }
        // Also for calls that have one: those behind them shall not wait for so many.
        let calls = connections.reduce(waiting.count) { $0 + $1.calls.count }
        let wanted = min(
            configuration.connectionsMax,
            max(min(calls, Self.connectionsAtFirst), (calls + Self.callsForAConnection - 1) / Self.callsForAConnection))
        // A server that is down, or comes up, is met by one connection, and then by twice as many each time.
        let most = max(1, connections.count - connecting)
        while connections.count < wanted, connecting < most, let address = nextAddress() {
            guard open(address) else { return }
        }
    }

    private var isConnectPaused: Bool {
        guard let connectPauseEnd, connections.contains(where: { $0.state == .open }) else { return false }
        return loop.now < connectPauseEnd
    }

    private func nextAddress() -> PeerAddress? {
        if !isNumeric, addresses.isEmpty || addressesUntil < loop.now {
            if let lookupWaker { lookup.ask(origin.host, origin.port, waker: lookupWaker) }
        }
        return addresses.first
    }

    private func useLookup() {
        guard let found = lookup.collect() else { return }
        if !found.isEmpty { addresses = found }
        addressesUntil = loop.now + Self.addressesTime
        guard addresses.isEmpty else { return }
        failWaiting(HTTPClientFailure(.resolve, "\(origin.host) has no address", mayHaveBeenSent: false))
    }

    /// False when it failed at once.
    private func open(_ address: PeerAddress) -> Bool {
        let descriptor = address.connectSocket()
        guard descriptor >= 0 else {
            connectFailed(String(cString: strerror(errno)))
            return false
        }
        let now = loop.now
        let connection = PipelinedConnection(
            descriptor, connectDeadline: now + configuration.connectTimeout, now: now)
        do {
            connection.watch = try loop.watch(descriptor, .write) { [unowned self, unowned connection] what in
                withExtendedLifetime((self, connection)) { work { ready(connection, what) } }
            }
        } catch {
            connection.close()
            connectFailed("\(error)")
            return false
        }
        connections.append(connection)
        connecting += 1
        ring(at: connection.connectDeadline)
        return true
    }

    private func ready(_ connection: PipelinedConnection, _ what: Interest) {
        if connection.state == .connecting { connected(connection) }
        guard connection.state == .open else { return }
        if what.contains(.read) { readAnswers(connection) }
        if connection.state == .open, what.contains(.write), !connection.flush() { broke(connection) }
    }

    private func connected(_ connection: PipelinedConnection) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(connection.descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
            forget(connection)
            return connectFailed(String(cString: strerror(code)))
        }
        connecting -= 1
        connectFailures = 0
        connection.state = .open
        connection.idleSince = loop.now
    }

    /// The next address is tried; once all have failed, and no connection is there, nothing is left to wait for.
    private func connectFailed(_ message: String) {
        connectFailures += 1
        connectPauseEnd = loop.now + Self.connectPause
        if addresses.count > 1 { addresses.append(addresses.removeFirst()) }
        guard connectFailures >= addresses.count, !connections.contains(where: { $0.state == .open }) else { return }
        connectFailures = 0
        failWaiting(
            HTTPClientFailure(
                .connect, "no connection to \(origin.authority): \(message)", mayHaveBeenSent: false))
    }

    private func failWaiting(_ failure: HTTPClientFailure) {
        for call in waiting.removeAll() { finish(call.token, .failure(failure)) }
    }

    /// It is no longer one of the connections.
    func forget(_ connection: PipelinedConnection) {
        if connection.state == .connecting { connecting -= 1 }
        connection.close()
        if let index = connections.firstIndex(where: { $0 === connection }) {
            connections.swapAt(index, connections.count - 1)
            connections.removeLast()
        }
    }

    // MARK: Deadlines

    private func ring(at moment: MonotonicTime) {
        // Most deadlines are never reached: the timer may ring too early instead of moving with each call.
        if let nextDeadline, nextDeadline <= moment { return }
        nextDeadline = moment
        deadlines?.schedule(after: moment - loop.now)
    }

    private func expire() {
        nextDeadline = nil
        // Calls of one turn end together.
        let now = loop.now + Self.deadlineSlack
        var failed: [(UInt64, HTTPClientFailure)] = []
        for connection in connections {
            if connection.state == .connecting, connection.connectDeadline <= now {
                forget(connection)
                connectFailed("nobody answered in \(configuration.connectTimeout)")
            } else if let earliest = connection.calls.earliestDeadline, earliest <= now {
                failed += end(connection, .expired)
            }
        }
        for call in waiting.removeExpired(by: now) {
            failed.append(
                (call.token, HTTPClientFailure(.timeout, "no connection in time", mayHaveBeenSent: false)))
        }
        for (token, failure) in failed { finish(token, .failure(failure)) }
        let moments =
            connections.compactMap { $0.state == .connecting ? $0.connectDeadline : $0.calls.earliestDeadline }
            + [waiting.earliestDeadline].compactMap(\.self)
        if let next = moments.min() { ring(at: next) }
    }
}

// It belongs to its loop's thread.
@available(*, unavailable)
extension PipelinedClient: Sendable {}
