// Socket addresses of a server, and how its name leads to them.
//
// Both C modules include the socket headers, and the compiler takes the declarations from the one it loads first.
import CCurl
import CMicrohttpd
import Glibc
import Runtime
import Synchronization

/// A socket address of a server, as the system's resolver gives it.
struct PeerAddress: Sendable {
    let family: Int32
    private let bytes: [UInt8]

    /// - Parameter isNumeric: no name server is asked, so that it does not block.
    static func lookup(_ host: String, _ port: String, isNumeric: Bool) -> [PeerAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &list) == 0, let list else { return [] }
        defer { freeaddrinfo(list) }
        var found: [PeerAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let entry = next?.pointee, found.count < addressesMax {
            if let address = entry.ai_addr {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
                found.append(PeerAddress(family: entry.ai_family, bytes: Array(bytes)))
            }
            next = entry.ai_next
        }
        return found
    }

    private static let addressesMax = 16

    /// A socket on its way to the address, without waiting; negative with `errno` set when there is none.
    func connectSocket() -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { return descriptor }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // What can't be set makes a connection slower, not wrong.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, size)
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &yes, size)
        let result = bytes.withUnsafeBytes { raw in
            raw.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
            } ?? -1
        }
        guard result == 0 || errno == EINPROGRESS else {
            let code = errno
            close(descriptor)
            errno = code
            return -1
        }
        return descriptor
    }
}

/// Looks a name up on a thread of its own, since the system's resolver may wait for a name server.
final class AddressLookup: Sendable {
    private enum State {
        case idle, asking
        case answered([PeerAddress])
    }

    private let state = Mutex(State.idle)

    /// One question at a time; `waker` wakes once there is an answer, be it an empty one.
    func ask(_ host: String, _ port: String, waker: Waker) {
        let isNew = state.withLock { state in
            guard case .idle = state else { return false }
            state = .asking
            return true
        }
        guard isNew else { return }
        do {
            try NamedThread.startThread("edge-name") { [self] in
                let addresses = PeerAddress.lookup(host, port, isNumeric: false)
                state.withLock { $0 = .answered(addresses) }
                waker.wake()
            }
        } catch {
            state.withLock { $0 = .answered([]) }
            waker.wake()
        }
    }

    /// The answer, once.
    func collect() -> [PeerAddress]? {
        state.withLock { state in
            guard case .answered(let addresses) = state else { return nil }
            state = .idle
            return addresses
        }
    }
}
