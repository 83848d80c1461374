import Foundation
import Synchronization

/// A TCP server whose answers a test writes byte by byte.
/// Each connection is served by `serve` on a thread of its own, and closed when that returns.
public final class RawServer: Sendable {
    public let port: Int
    private let listener: Int32
    private let accepted = Atomic(0)
    private let stop: Stop

    /// Apart from the server, so that the accepting thread does not keep the server alive.
    private final class Stop: Sendable {
        let isAsked = Atomic(false)
    }

    /// "http://127.0.0.1:port", without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Connections accepted so far.
    public var connections: Int { accepted.load(ordering: .relaxed) }

    public init(_ serve: @escaping @Sendable (RawConnection) -> Void) throws {
        listener = try loopbackSocket()
        guard listen(listener, 256) == 0 else { throw SystemError("listen") }
        port = try boundPort(of: listener)
        stop = Stop()
        let (descriptor, stop) = (listener, stop)
        Thread.detachNewThread { [weak self] in
            // Ends when deinit shuts the socket down; this thread closes it, so no one else gets its number before.
            while !stop.isAsked.load(ordering: .acquiring) {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { continue }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                self?.accepted.add(1, ordering: .relaxed)
                Thread.detachNewThread {
                    let raw = RawConnection(connection)
                    serve(raw)
                    raw.close()
                }
            }
            close(descriptor)
        }
    }

    deinit {
        stop.isAsked.store(true, ordering: .releasing)
        shutdown(listener, Int32(SHUT_RDWR))
    }
}

/// One connection of a raw server, used by its own thread. Reads and writes give up after 20 seconds.
public final class RawConnection {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// Head and body of the next request, with a length or without a body; nil when the client has closed.
    public func readRequest() -> (head: String, body: [UInt8])? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let index = unread.indices.first(where: { unread[$0...].starts(with: end) }) {
                let head = String(decoding: unread[..<index], as: UTF8.self)
                unread.removeFirst(index + end.count)
                let length = Self.contentLength(head)
                while unread.count < length { guard receive() else { return nil } }
                defer { unread.removeFirst(length) }
                return (head, Array(unread[..<length]))
            }
            guard receive() else { return nil }
        }
    }

    /// False when the client has gone.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// A whole answer with the given body.
    @discardableResult
    public func answer(_ status: String = "200 OK", headers: [String] = [], body: [UInt8] = []) -> Bool {
        let head = (["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers).joined(separator: "\r\n")
        return write(Array("\(head)\r\n\r\n".utf8) + body)
    }

    /// Waits until the client closes.
    public func waitForClose() { while receive() {} }

    /// Makes the end of the connection a reset instead of an orderly close.
    public func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func close() { Glibc.close(descriptor) }

    private func receive() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        unread += bytes[..<count]
        return true
    }

    private static func contentLength(_ head: String) -> Int {
        for line in head.lowercased().split(whereSeparator: \.isNewline) where line.hasPrefix("content-length:") {
            return Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) ?? 0
        }
        return 0
    }
}
