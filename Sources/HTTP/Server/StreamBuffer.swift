import CMicrohttpd
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
        var onClose: (@Sendable () -> Void)?

        mutating func wake() {
            guard isSuspended, let library else { return }
            isSuspended = false
            MHD_resume_connection(library.pointer)
        }
    }

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
            guard bytes.count <= bytesMax - (state.bytes.count - state.sent) else {
                breakOff(&state)
                return false
            }
            if state.sent > state.bytes.count / 2 {
                state.bytes.removeFirst(state.sent)
                state.sent = 0
            }
            state.bytes.append(contentsOf: bytes)
            state.wake()
            return true
        }
    }

    /// Sends what is buffered, then ends the answer properly.
    func finish() {
        state.withLock { state in
            guard state.phase == .open else { return }
            state.phase = .finishing
            state.wake()
        }
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
        state.withLock { state in
            let waiting = state.bytes.count - state.sent
            if waiting > 0 {
                let count = min(waiting, buffer.count)
                state.bytes.withUnsafeBytes {
                    buffer.copyMemory(from: .init(rebasing: $0[state.sent..<state.sent + count]))
                }
                state.sent += count
                state.total += count
                if state.sent == state.bytes.count {
                    state.bytes.removeAll(keepingCapacity: true)
                    state.sent = 0
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
            defer { state.onClose = nil }
            return state.onClose
        }
        action?()
    }
}
