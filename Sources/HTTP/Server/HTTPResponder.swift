import Synchronization

/// The right to answer one request: once, from any thread, at once or later. Dropped unused, the client gets a 500.
///
/// An answer given before the handler returns costs no change of threads.
public final class HTTPResponder: Sendable {
    private let exchange: Exchange
    private let dropped: HTTPResponse
    private let isUsed = Atomic(false)

    /// - Parameter dropped: the answer where nobody gives one.
    init(_ exchange: Exchange, dropped: HTTPResponse) {
        self.exchange = exchange
        self.dropped = dropped
    }

    deinit {
        guard !isUsed.load(ordering: .acquiring) else { return }
        _ = exchange.answer(.response(dropped))
    }

    /// Sends `response`. The client may have left meanwhile; then nothing happens.
    ///
    /// - Returns: false when the request was answered before, also by a server that stops.
    @discardableResult
    public func respond(_ response: HTTPResponse) -> Bool {
        guard !isUsed.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        return exchange.answer(.response(response))
    }

    /// Sends status and header fields, and then whatever the stream is given.
    ///
    /// - Parameter bufferBytesMax: what may wait for a client that reads slowly.
    /// - Returns: nil when the request was answered before.
    public func stream(
        status: Int = 200, headers: [(String, String)] = [], bufferBytesMax: Int = 64 * 1024
    ) -> HTTPStream? {
        guard !isUsed.exchange(true, ordering: .acquiringAndReleasing) else { return nil }
        let buffer = StreamBuffer(bytesMax: bufferBytesMax, connection: exchange.connection)
        guard exchange.answer(.stream(buffer, status: status, headers: headers)) else { return nil }
        return HTTPStream(buffer)
    }
}
