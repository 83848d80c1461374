import Foundation

/// Asks the kernel for a free TCP port of the loopback address.
/// Another process may take it before the caller does: a server starter tries again with the next one.
public func freePort() throws -> Int {
    let descriptor = try loopbackSocket()
    defer { close(descriptor) }
    return try boundPort(of: descriptor)
}

/// So many different ones: they are held open together, so that the kernel cannot give one out twice.
func freePorts(_ count: Int) throws -> [Int] {
    let descriptors = try (0..<count).map { _ in try loopbackSocket() }
    defer { descriptors.forEach { _ = close($0) } }
    return try descriptors.map { try boundPort(of: $0) }
}

/// A TCP socket bound to a free port of 127.0.0.1, close-on-exec, not yet listening. The caller closes it.
public func loopbackSocket() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError("socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 else {
        let error = SystemError("bind")
        close(descriptor)
        throw error
    }
    return descriptor
}

/// The local port of a bound socket.
public func boundPort(of descriptor: Int32) throws -> Int {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard result == 0 else { throw SystemError("getsockname") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Whether something accepts TCP connections on 127.0.0.1:`port`.
public func accepts(port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// A failed system call with the text of its errno.
public struct SystemError: Error, CustomStringConvertible {
    public let call: String
    public let code: Int32

    /// Takes the calling thread's errno.
    public init(_ call: String) {
        self.init(call, code: errno)
    }

    public init(_ call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
