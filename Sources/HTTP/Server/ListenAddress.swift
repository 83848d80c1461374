// As in `SocketAddress`: the socket headers come through these modules.
import CCurl
import CMicrohttpd
import Glibc

/// Whether a server could listen at an address now.
public enum ListenAddress {
    public enum Finding: Hashable, Sendable {
        case free
        /// Some program listens there.
        case taken
        /// In the system's words.
        case unusable(String)
    }

    /// Binds the address for a moment, as a server would.
    public static func check(host: String, port: Int) -> Finding {
        let address: SocketAddress
        do {
            address = try SocketAddress(host: host, port: port)
        } catch {
            return .unusable("\(error)")
        }
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .unusable(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        // Connections that have ended a moment ago are in nobody's way.
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let size = address.isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        guard address.withPointer({ bind(descriptor, $0, socklen_t(size)) }) == 0, listen(descriptor, 1) == 0 else {
            return errno == EADDRINUSE ? .taken : .unusable(String(cString: strerror(errno)))
        }
        return .free
    }
}
