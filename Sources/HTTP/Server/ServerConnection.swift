// Connection of a client to the server.
import CCurl
import CMicrohttpd
import Glibc
import Runtime
import Synchronization

/// One TCP connection, from its acceptance to its end. Made and ended by one of the library's threads;
/// the sweeper and `stop()` reach it from theirs.
final class ServerConnection: Sendable {
    private struct State {
        var descriptor: Int32  // -1 once the library may close it
        var exchange: Exchange?
        var clientCertificate: ClientCertificate?
        var isAsked: Bool
    }

    let remoteAddress: String
    /// The library reads it as long as the connection lives.
    private let certificate: ServerCertificate?
    private let state: Mutex<State>
    /// By when the client must have done its part: nanoseconds of the monotonic clock.
    private let deadline: Atomic<Int64>

    init(descriptor: Int32, remoteAddress: String, certificate: ServerCertificate?, deadline: MonotonicTime) {
        self.remoteAddress = remoteAddress
        self.certificate = certificate
        self.deadline = Atomic(deadline.nanoseconds)
        state = Mutex(State(descriptor: descriptor, isAsked: certificate?.asksClient ?? false))
    }

    /// The request in work, if there is one.
    var exchange: Exchange? {
        get { state.withLock { $0.exchange } }
        set { state.withLock { $0.exchange = newValue } }
    }

    /// What the client has shown.
    var clientCertificate: ClientCertificate? { state.withLock { $0.clientCertificate } }

    /// Looks at it once, at the first request: it stays the same. For the library's thread.
    func learnCertificate(of connection: LibraryConnection) {
        state.withLock { state in
            guard state.isAsked else { return }
            state.isAsked = false
            state.clientCertificate = ClientCertificate(of: connection)
        }
    }

    /// The client's turn begins and ends at `time`; nil while it waits for the handler.
    func expect(by time: MonotonicTime?) {
        deadline.store(time?.nanoseconds ?? .max, ordering: .relaxed)
    }

    func isOverdue(at now: MonotonicTime) -> Bool {
        deadline.load(ordering: .relaxed) < now.nanoseconds
    }

    /// Breaks the connection off; the library then notices it and ends it in its own way.
    func abort() {
        state.withLock { if $0.descriptor >= 0 { shutdown($0.descriptor, Int32(SHUT_RDWR)) } }
    }

    /// Sends an answer past the library, which would send none or two, and breaks the connection off. Waits for
    /// nothing: what the socket's buffer has no capacity for is lost. For the library's thread.
    func refuse(_ answer: [UInt8]) {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            _ = answer.withUnsafeBytes {
                send(state.descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            Self.discard(state.descriptor)
            shutdown(state.descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Throws away what has come in: the system answers a close before unread bytes with a reset, which may overtake
    /// the answer.
    private static func discard(_ descriptor: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { buffer in
            var rounds = 16
            while rounds > 0, recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)) > 0 {
                rounds -= 1
            }
        }
    }

    /// Those whose clients have closed their side. One question to the system for many of them: there may be thousands.
    ///
    /// A descriptor that is closed meanwhile may be another connection's: then one that has ended is found once more.
    static func abandoned(_ connections: [ServerConnection]) -> [ServerConnection] {
        var abandoned: [ServerConnection] = []
        for start in stride(from: 0, to: connections.count, by: questionMax) {
            let some = connections[start..<min(start + questionMax, connections.count)]
            var descriptors = some.map { connection in connection.state.withLock { $0.descriptor } }
            cs_http_mark_closed(&descriptors, UInt32(descriptors.count))
            for (connection, descriptor) in zip(some, descriptors) where descriptor < 0 { abandoned.append(connection) }
        }
        return abandoned
    }

    private static let questionMax = 512

    /// The library is about to close the descriptor, and another connection may get its number.
    func closed() {
        state.withLock {
            if $0.descriptor >= 0 { Self.discard($0.descriptor) }
            $0.descriptor = -1
        }
    }
}
