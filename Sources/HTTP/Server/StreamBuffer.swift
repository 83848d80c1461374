import CMicrohttpd
import Runtime
import Synchronization

/// Bounded buffer between the writers of a stream and the thread that sends.
final class StreamBuffer: Sendable {
    enum Piece {
        case bytes(Int)
        case nothingYet
        case end
        case broken
    }

    private enum Phase {
        case open
        /// What is buffered still goes out.
        case finishing
        case closed
    }

    private struct State {
        var phase = Phase.open
        var bytes: [UInt8] = []
        var sent = 0  // of `bytes`, from the front
        var total = 0
        var library: LibraryConnection?
        var isSuspended = false
        /// Whether somebody was told that there is no capacity, and waits for it.
        var isAwaited = false
        var onClose: (@Sendable () -> Void)?
        var onDrain: (@Sendable () -> Void)?

        var waiting: Int { bytes.count - sent }

        mutating func add(_ more: [UInt8]) {
            if sent > bytes.count / 2 {
                bytes.removeFirst(sent)
                sent = 0
            }
            bytes.append(contentsOf: more)
            wake()
        }

        mutating func wake() {
            guard isSuspended, let library else { return }
            isSuspended = false
            MHD_resume_connection(library.pointer)
        }
    }

    private static let idleBytesMax = 256
    private let bytesMax: Int
    private let connection: ServerConnection
    private let state = Mutex(State())

    init(bytesMax: Int, connection: ServerConnection) {
        self.bytesMax = bytesMax
        self.connection = connection
    }

    var isOpen: Bool { state.withLock { $0.phase == .open } }

    var bytesOut: Int { state.withLock { $0.total } }

    /// False when the stream has ended. A reader so slow that the bytes do not fit is cut off.
    func append(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.phase == .open else { return false }
            guard bytes.count <= bytesMax - state.waiting else {
                breakOff(&state)
                return false
            }
            state.add(bytes)
            return true
        }
    }

    /// As `append`, but a reader that has no capacity keeps its place, and is told of when it has read all.
    func offer(_ bytes: [UInt8]) -> HTTPStream.Offer {
        state.withLock { state in
            guard state.phase == .open else { return .ended }
            guard bytes.count <= bytesMax - state.waiting else {
                state.isAwaited = true
                return .full
            }
            state.add(bytes)
            return .taken
        }
    }

    /// Sends what is buffered, then ends the answer properly.
    ///
    /// - Parameter time: in which the client must take it; nil for as long as it likes.
    func finish(within time: Duration? = nil) {
        state.withLock { state in
            guard state.phase == .open else { return }
            state.phase = .finishing
            if let time { connection.expect(by: .now() + time) }
            state.wake()
        }
    }

    /// Calls `action` each time when all is sent after an offer found no capacity.
    func onDrain(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onDrain = action }
    }

    /// Ends the stream at once; what is buffered is lost.
    func abort() {
        state.withLock { if $0.phase != .closed { breakOff(&$0) } }
    }

    /// Calls `action` once when the stream has ended, at once if it has.
    func onClose(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            // Only the library's thread ends a stream for good, and takes the connection from it.
            if state.phase == .closed && state.library == nil { return true }
            state.onClose = action
            return false
        }
        if hasEnded { action() }
    }

    private func breakOff(_ state: inout State) {
        state.phase = .closed
        state.bytes = []
        state.sent = 0
        state.wake()
        connection.abort()
    }

    // MARK: The library's thread

    func attach(to library: LibraryConnection) {
        state.withLock { $0.library = library }
    }

    /// Moves the next bytes into `buffer`; with none there the connection sleeps until there are.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Piece {
        var drained: (@Sendable () -> Void)?
        defer { drained?() }
        return state.withLock { state in
            if state.waiting > 0 {
                let count = min(state.waiting, buffer.count)
                state.bytes.withUnsafeBytes {
                    buffer.copyMemory(from: .init(rebasing: $0[state.sent..<state.sent + count]))
                }
                state.sent += count
                state.total += count
                if state.waiting == 0 {
                    // Thousands of idle streams must not each keep what a busy moment took.
                    state.bytes.removeAll(keepingCapacity: state.bytes.capacity <= Self.idleBytesMax)
                    state.sent = 0
                    if state.isAwaited { drained = state.onDrain }
                    state.isAwaited = false
                }
                return .bytes(count)
            }
            switch state.phase {
            case .finishing: return .end
            case .closed: return .broken
            case .open:
                guard let library = state.library else { return .broken }
                MHD_suspend_connection(library.pointer)
                state.isSuspended = true
                return .nothingYet
            }
        }
    }

    /// The library has done with the connection.
    func closed() {
        let action = state.withLock { state in
            state.phase = .closed
            state.bytes = []
            state.sent = 0
            state.library = nil
            state.isSuspended = false
            state.onDrain = nil
            defer { state.onClose = nil }
            return state.onClose
        }
        action?()
    }
}
