import Foundation
import Runtime

/// Standard output is for results, standard error for everything else.
enum Output {
    static func text(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: 1)
    }

    static func json(_ bytes: [UInt8]) {
        text(String(decoding: bytes, as: UTF8.self))
    }

    static func note(_ text: String) {
        write(text + "\n", to: 2)
    }

    static func failure(_ error: any Error) {
        note("cachesync: \(error)")
    }

    /// A reader that has gone away, such as `head`, is no reason to complain.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
