/// An answer that goes on, such as server-sent events. Its buffer is bounded: a client that reads too slowly is
/// disconnected, so that the others need not wait for it. Dropping the stream finishes it.
///
/// That the client has left is noticed within about a second.
public final class HTTPStream: Sendable {
    /// What became of bytes that were offered.
    public enum Offer: Sendable {
        case taken
        /// The client has not read enough yet; none of the bytes were taken.
        case full
        case ended
    }

    private let buffer: StreamBuffer

    init(_ buffer: StreamBuffer) {
        self.buffer = buffer
    }

    deinit { buffer.finish() }

    /// Hands bytes to the client, never waiting.
    ///
    /// - Returns: false when the stream has ended: the client left, was too slow, or the server stops.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        buffer.append(bytes)
    }

    /// Hands bytes to the client if its buffer has the capacity for all of them, and leaves the stream open if not.
    public func offer(_ bytes: [UInt8]) -> Offer {
        buffer.offer(bytes)
    }

    /// Calls `action` whenever the client has taken all after an offer found its buffer full; on any thread.
    public func onDrain(_ action: @escaping @Sendable () -> Void) {
        buffer.onDrain(action)
    }

    /// Ends the answer after what was sent so far.
    ///
    /// - Parameter time: in which the client must take it, or its connection breaks off; nil sets no bound.
    public func finish(within time: Duration? = nil) {
        buffer.finish(within: time)
    }

    /// Breaks the connection off; what was not delivered is lost.
    public func abort() {
        buffer.abort()
    }

    /// Whether `send` still reaches the client, as far as is known.
    public var isOpen: Bool { buffer.isOpen }

    /// Calls `action` once when the answer is over for whatever reason, on any thread; at once if it is already.
    /// There is one action: a second one replaces the first.
    public func onClose(_ action: @escaping @Sendable () -> Void) {
        buffer.onClose(action)
    }
}
