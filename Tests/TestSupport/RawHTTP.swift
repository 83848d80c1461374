import Foundation

/// An answer as it came over the wire.
public struct RawAnswer: Sendable, CustomStringConvertible {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object; empty for anything else.
    public var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    public func string(_ name: String) -> String? { object[name] as? String }
    public func int(_ name: String) -> Int? { object[name] as? Int }
    public func list(_ name: String) -> [[String: Any]] { object[name] as? [[String: Any]] ?? [] }

    public var description: String { "\(status) \(text)" }
}

/// Sends bytes as they are, one request per connection: also what no well-behaved client would send.
public enum RawHTTP {
    public static func get(_ port: Int, _ target: String, method: String = "GET", headers: [String] = []) throws
        -> RawAnswer
    {
        try send(port, method, target, headers: headers, body: nil)
    }

    public static func post(
        _ port: Int, _ body: [UInt8], to target: String = "/invalidate", headers: [String] = []
    ) throws -> RawAnswer {
        try send(port, "POST", target, headers: headers, body: body)
    }

    public static func post(
        _ port: Int, _ body: String, to target: String = "/invalidate", headers: [String] = []
    ) throws -> RawAnswer {
        try post(port, Array(body.utf8), to: target, headers: headers)
    }

    public static func patch(_ port: Int, _ body: String, to target: String, headers: [String] = []) throws -> RawAnswer
    {
        try send(port, "PATCH", target, headers: headers, body: Array(body.utf8))
    }

    private static func send(
        _ port: Int, _ method: String, _ target: String, headers: [String], body: [UInt8]?
    ) throws -> RawAnswer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        for header in headers { head += header + "\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return try exchange(port, Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Writes the bytes, then reads until the server closes.
    public static func exchange(_ port: Int, _ bytes: [UInt8]) throws -> RawAnswer {
        let socket = try connect(port)
        defer { close(socket) }
        // A server may answer and close before it has read all; then the answer counts.
        _ = bytes.withUnsafeBytes { writeAll(socket, $0) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count <= 0 { break }
            answer += buffer[..<count]
        }
        return try parse(answer)
    }

    /// All that comes until the other side closes.
    public static func readAll(_ socket: Int32) -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count <= 0 { return answer }
            answer += buffer[..<count]
        }
    }

    /// What the socket's buffer has no capacity for is not sent.
    public static func sendAtOnce(_ socket: Int32, _ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    public static func connect(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        // Only bounds a test that fails.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let error = SystemError("connect")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            let count = Glibc.send(
                descriptor, bytes.baseAddress! + index, bytes.count - index, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            index += count
        }
        return true
    }

    private static func parse(_ bytes: [UInt8]) throws -> RawAnswer {
        let text = Data(bytes)
        guard let end = text.range(of: Data("\r\n\r\n".utf8)) else {
            throw SystemError("no answer but \(bytes.count) bytes", code: 0)
        }
        let lines = String(decoding: text[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw SystemError("no status line", code: 0) }
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                String(line[..<colon]),
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
        return RawAnswer(status: status, headers: headers, body: Array(text[end.upperBound...]))
    }
}
