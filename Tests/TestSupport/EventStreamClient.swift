import Foundation

/// One event of a stream of server-sent events.
public struct ReceivedEvent: Sendable, Hashable, CustomStringConvertible {
    public var id: String?
    public var name = "message"
    public var data = ""

    /// The data as a JSON object; empty for anything else.
    public var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: Any] ?? [:]
    }

    public var description: String { "\(name) \(id ?? "-") \(data.prefix(200))" }
}

/// Client of server-sent events, as a browser's EventSource reads them (HTML standard).
public final class EventStreamClient {
    public let status: Int
    public let head: String
    /// What a reconnecting client sends as `Last-Event-ID`.
    public private(set) var lastEventID = ""
    /// Whether the answer has come to its proper end.
    public private(set) var hasEnded = false
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// The text of the answer behind the last whole event.
    private var text: [UInt8] = []
    private var event = ReceivedEvent()
    private var hasData = false
    /// Comment lines so far.
    private var comments = 0

    /// - Parameters:
    ///   - receiveBuffer: a small kernel buffer makes a slow reader of this client.
    ///   - patience: how long a read waits; then `next` throws.
    public init(
        port: Int, _ target: String, headers: [String] = [], receiveBuffer: Int32? = nil, patience: Int = 30
    ) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        do {
            try Self.connect(descriptor, port)
            let lines = ["GET \(target) HTTP/1.1", "Host: localhost", "Accept: text/event-stream"] + headers
            let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
            guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                throw SystemError("send")
            }
            head = try Self.readHead(descriptor, &received)
        } catch {
            close(descriptor)
            throw error
        }
        status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    deinit { close(descriptor) }

    private static func connect(_ descriptor: Int32, _ port: Int) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SystemError("connect") }
    }

    private static func readHead(_ descriptor: Int32, _ received: inout [UInt8]) throws -> String {
        while true {
            if let end = Data(received).range(of: Data("\r\n\r\n".utf8)) {
                defer { received.removeFirst(end.upperBound) }
                return String(decoding: received[..<end.lowerBound], as: UTF8.self)
            }
            guard try receive(descriptor, &received) else { throw SystemError("no answer", code: 0) }
        }
    }

    private static func receive(_ descriptor: Int32, _ received: inout [UInt8]) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var count: Int
        repeat { count = recv(descriptor, &buffer, buffer.count, 0) } while count < 0 && errno == EINTR
        guard count >= 0 else { throw SystemError("recv") }
        received += buffer[..<count]
        return count > 0
    }

    /// The next event; nil when the stream has ended, or its connection.
    ///
    /// - Throws: when nothing comes for as long as the client's patience lasts.
    public func next() throws -> ReceivedEvent? {
        while true {
            while let line = takeLine() {
                if let event = read(line) { return event }
            }
            guard try takeChunk() else { return nil }
        }
    }

    /// The next event of that name; those before it are passed over.
    public func next(_ name: String) throws -> ReceivedEvent? {
        while let event = try next() {
            if event.name == name { return event }
        }
        return nil
    }

    /// Reads to the end of the next beat, which is a comment and perhaps an id; events before it are passed over.
    ///
    /// - Returns: false when the stream has ended, or its connection.
    public func nextBeat() throws -> Bool {
        let before = comments
        while true {
            while let line = takeLine() {
                _ = read(line)
                if line.isEmpty, comments > before { return true }
            }
            guard try takeChunk() else { return false }
        }
    }

    private func takeLine() -> [UInt8]? {
        guard let end = text.firstIndex(of: 0x0A) else { return nil }
        defer { text.removeFirst(end + 1) }
        return Array(text[..<end])
    }

    private func read(_ line: [UInt8]) -> ReceivedEvent? {
        guard !line.isEmpty else {
            defer { (event, hasData) = (ReceivedEvent(), false) }
            if let id = event.id { lastEventID = id }
            return hasData ? event : nil
        }
        if line[0] == UInt8(ascii: ":") {
            comments += 1
            return nil
        }
        let name = String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
        let value = String(decoding: line.dropFirst(name.utf8.count + 1).drop { $0 == 0x20 }, as: UTF8.self)
        switch name {
        case "id": event.id = value
        case "event": event.name = value
        case "data":
            event.data += (hasData ? "\n" : "") + value
            hasData = true
        default: break
        }
        return nil
    }

    /// Moves a chunk of the answer to `text`.
    ///
    /// - Returns: false at the end.
    private func takeChunk() throws -> Bool {
        while true {
            if let end = received.firstIndex(of: 0x0A),
                let size = Int(String(decoding: received[..<max(0, end - 1)], as: UTF8.self), radix: 16),
                received.count >= end + 1 + size + 2
            {
                text += received[(end + 1)..<(end + 1 + size)]
                received.removeFirst(end + 1 + size + 2)
                hasEnded = size == 0
                return size > 0
            }
            guard try Self.receive(descriptor, &received) else { return false }
        }
    }
}
