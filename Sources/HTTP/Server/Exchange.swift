import CMicrohttpd
import Glibc
import Runtime
import Synchronization

/// The library's connection. Which thread may touch it, and when, is decided by `Exchange` and `StreamBuffer`.
struct LibraryConnection: @unchecked Sendable {
    // The pointer crosses threads only inside a lock, and only while the connection is suspended: then the
    // library keeps it alive and does not touch it.
    let pointer: OpaquePointer
}

/// What goes out for a request.
enum Answer: Sendable {
    case response(HTTPResponse)
    case stream(StreamBuffer, status: Int, headers: [(String, String)])
}

/// One request and its answer. The library's thread drives it; the answer may come from any thread.
///
///     receiving → handling → [suspended →] answered → sending → finished
final class Exchange: Sendable {
    private enum Phase {
        case receiving
        /// The handler runs, or has returned without an answer.
        case handling
        case suspended(LibraryConnection)
        /// An answer waits for the library's thread to take it.
        case answered(Answer)
        case sending
        case finished
    }

    private struct State {
        var phase = Phase.receiving
        var stream: StreamBuffer?
    }

    let target: String
    let connection: ServerConnection
    /// For the library's thread alone, which is the one that made the exchange.
    let library: LibraryConnection
    private let thread = pthread_self()
    let started = MonotonicTime.now()
    /// What the library's thread alone knows of the request.
    let reader = Mutex(RequestReader())
    private let state = Mutex(State())

    init(target: String, connection: ServerConnection, library: LibraryConnection) {
        self.target = target
        self.connection = connection
        self.library = library
    }

    var isOnThisThread: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Gives the one answer. False when there is one already, or the connection has ended.
    func answer(_ answer: Answer) -> Bool {
        state.withLock { state in
            switch state.phase {
            case .receiving, .handling:
                state.phase = .answered(answer)
            case .suspended(let connection):
                state.phase = .answered(answer)
                // Within the lock, so that nobody stops the daemon between the two.
                MHD_resume_connection(connection.pointer)
            case .answered, .sending, .finished:
                return false
            }
            if case .stream(let buffer, _, _) = answer { state.stream = buffer }
            return true
        }
    }

    /// Makes the server able to stop: an open request gets `response`, an open stream its end.
    func conclude(with response: HTTPResponse) {
        guard !answer(.response(response)) else { return }
        state.withLock { $0.stream }?.finish()
    }

    /// The open stream, if the answer is one.
    var stream: StreamBuffer? { state.withLock { $0.stream } }

    // MARK: The library's thread

    /// False when an answer has come before the handler could be asked.
    func beginHandling() -> Bool {
        state.withLock { state in
            guard case .receiving = state.phase else { return false }
            state.phase = .handling
            return true
        }
    }

    /// The answer, if it is there; otherwise the connection sleeps until it is.
    func takeAnswer(orSuspend connection: LibraryConnection) -> Answer? {
        state.withLock { state in
            switch state.phase {
            case .answered(let answer):
                state.phase = .sending
                return answer
            case .handling:
                MHD_suspend_connection(connection.pointer)
                state.phase = .suspended(connection)
                return nil
            case .receiving, .suspended, .sending, .finished:
                return nil
            }
        }
    }

    /// Nothing of the request is left with the library. Returns the stream to be closed.
    func finish() -> StreamBuffer? {
        state.withLock { state in
            state.phase = .finished
            defer { state.stream = nil }
            return state.stream
        }
    }
}
