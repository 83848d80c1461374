// Address of a socket, as text and as bytes.
//
// Both C modules include the socket headers, and the compiler takes the declarations from the one it loads first.
import CCurl
import CMicrohttpd
import Glibc

/// A socket address to listen at, and addresses as text.
struct SocketAddress {
    private var storage = sockaddr_storage()

    var isIPv6: Bool { storage.ss_family == sa_family_t(AF_INET6) }

    /// Resolves a host name or a numeric address; the first of several is taken.
    init(host: String, port: Int) throws {
        guard let number = UInt16(exactly: port) else { throw HTTPServerError(description: "\(port) is not a port.") }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(number), &hints, &found)
        guard result == 0, let found else {
            throw HTTPServerError(
                description: "The address \(host) is not known: \(String(cString: gai_strerror(result))).")
        }
        defer { freeaddrinfo(found) }
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: found.pointee.ai_addr, count: Int(found.pointee.ai_addrlen)))
        }
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>) throws -> R) rethrows -> R {
        try withUnsafePointer(to: storage) { try $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }

    /// An address in digits, without the port; an IPv4 address that came through IPv6 as IPv4.
    static func text(_ address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        let isIPv6 = address.pointee.sa_family == sa_family_t(AF_INET6)
        let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { buffer in
            let result = getnameinfo(
                address, socklen_t(size), buffer.baseAddress, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
            return result == 0 ? buffer.baseAddress.map { String(cString: $0) } : nil
        }
        guard let text else { return "" }
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
}
