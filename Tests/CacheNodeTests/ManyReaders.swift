import Glibc
import TestSupport

/// Many reads at a time, each on a connection of its own.
final class ManyReaders {
    private let sockets: [Int32]

    /// Sends all before any answer is read.
    init(_ node: CacheFixture, _ targets: [String]) throws {
        sockets = try targets.map { target in
            let socket = try RawHTTP.connect(node.port)
            _ = RawHTTP.sendAtOnce(
                socket, Array("GET \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".utf8))
            return socket
        }
    }

    deinit { sockets.forEach { _ = Glibc.close($0) } }

    /// The bodies of answers with status 200, in the order of the targets; of others the whole answer.
    func answers() -> [String] {
        sockets.map { socket in
            let text = String(decoding: RawHTTP.readAll(socket), as: UTF8.self)
            guard text.hasPrefix("HTTP/1.1 200"), let end = text.firstRange(of: "\r\n\r\n") else { return text }
            return String(text[end.upperBound...])
        }
    }
}
