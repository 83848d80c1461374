import Glibc
import TestSupport

/// A client that sends exactly the bytes it is told to. Every wait is bounded.
final class ServerRawClient {
    struct Answer {
        let status: Int
        let headers: [String]
        let body: String

        func header(_ name: String) -> String? {
            let prefix = name.lowercased() + ":"
            return headers.first { $0.lowercased().hasPrefix(prefix) }
                .map { String($0.dropFirst(prefix.count).drop { $0 == " " }) }
        }
    }

    private var descriptor: Int32
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - receiveBuffer: a small kernel buffer makes a slow reader of this client.
    ///   - source: the IPv4 address that it comes from; the system's choice if nil.
    init(port: Int, ipv6: Bool = false, receiveBuffer: Int32? = nil, from source: UInt32? = nil) throws {
        descriptor = socket(ipv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        if let source {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = source.bigEndian
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw SystemError("bind") }
        }
        guard Self.connect(descriptor, port: UInt16(port), ipv6: ipv6) == 0 else { throw SystemError("connect") }
    }

    deinit { close() }

    private static func connect(_ descriptor: Int32, port: UInt16, ipv6: Bool) -> Int32 {
        if ipv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// False when the server has closed the connection.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends the same over and over, until the server says something or ends the connection.
    ///
    /// It never waits in `send`: a server that has closed while its window was shut is heard of by reading alone.
    ///
    /// - Returns: how many bytes the server has let come.
    func sendUntilHeard(_ bytes: [UInt8], max: Int) throws -> Int {
        var sent = 0
        while sent < max {
            var question = pollfd(fd: descriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&question, 1, 30_000) == 1 else { break }
            guard question.revents & Int16(POLLIN | POLLHUP | POLLERR) == 0 else { return sent }
            let start = sent % bytes.count
            let count = bytes[start...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN { continue }
            guard count > 0 else { return sent }
            sent += count
        }
        throw SystemError("the server went on after \(sent) bytes")
    }

    /// One request of the usual shape.
    func request(_ method: String, _ target: String, headers: [String] = [], body: String? = nil) {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + headers + length
        send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
    }

    /// The next complete answer.
    func answer(toHead: Bool = false) throws -> Answer {
        let lines = try head().split(separator: "\r\n").map(String.init)
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        let answer = Answer(status: status, headers: Array(lines.dropFirst()), body: "")
        if toHead || status == 204 || status == 304 { return answer }
        var body = ""
        if let length = answer.header("Content-Length").flatMap({ Int($0) }) {
            body = String(decoding: try takeBytes(length), as: UTF8.self)
        } else {
            while let chunk = try nextChunk() { body += chunk }
        }
        return Answer(status: status, headers: answer.headers, body: body)
    }

    /// Status line and header fields of an answer whose body goes on.
    func head() throws -> String { String(decoding: try takeBytes(through: "\r\n\r\n"), as: UTF8.self) }

    /// The next piece of a chunked answer; nil at its end.
    func nextChunk() throws -> String? {
        let line = try takeBytes(through: "\r\n").dropLast(2)
        let size = Int(String(decoding: line, as: UTF8.self), radix: 16) ?? 0
        let bytes = try takeBytes(size + 2)
        return size == 0 ? nil : String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    /// All that comes until the server closes.
    func rest() throws -> String {
        while try receive() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Reads one portion; false at the end of the connection.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 && errno == ECONNRESET { return false }
        guard count >= 0 else { throw SystemError("recv") }
        received += buffer[..<count]
        return count > 0
    }

    private func takeBytes(through mark: String) throws -> [UInt8] {
        let wanted = Array(mark.utf8)
        var start = 0
        while true {
            while start + wanted.count <= received.count {
                if received[start..<start + wanted.count].elementsEqual(wanted) {
                    return try takeBytes(start + wanted.count)
                }
                start += 1
            }
            try more()
        }
    }

    private func takeBytes(_ count: Int) throws -> [UInt8] {
        while received.count < count { try more() }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    private func more() throws {
        guard try receive() else { throw ConnectionEnded(after: String(decoding: received, as: UTF8.self)) }
    }
}

/// The server closed the connection where something else was expected.
struct ConnectionEnded: Error {
    let after: String
}
