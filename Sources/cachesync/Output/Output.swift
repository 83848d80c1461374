import Foundation
import JSON
import Runtime
import Synchronization

/// Standard output is for results, standard error for everything else.
enum Output {
    /// Why results could not be written, once that was so; a reader that has gone away, such as `head`, is none.
    private static let fault = Mutex<String?>(nil)

    static func text(_ text: String) {
        write(text.hasSuffix("\n") ? text : text + "\n", to: 1)
    }

    /// As it is, without a line end of its own.
    static func raw(_ text: String) {
        write(text, to: 1)
    }

    /// The same of bytes.
    static func raw(_ bytes: [UInt8]) {
        write(bytes, to: 1)
    }

    static func json(_ bytes: [UInt8]) {
        text(String(decoding: bytes, as: UTF8.self))
    }

    /// An object of these members, in order.
    static func object(_ write: (inout JSONWriter) throws -> Void) rethrows {
        var writer = JSONWriter()
        writer.beginObject()
        try write(&writer)
        writer.endObject()
        json(writer.bytes)
    }

    static func notice(_ text: String) {
        write(text + "\n", to: 2)
    }

    static func failure(_ error: any Error) {
        notice("cachesync: \(error)")
    }

    /// The command's own code, unless its results were lost on their way out.
    static func exitCode(_ code: ExitCode) -> ExitCode {
        guard let fault = fault.withLock({ $0 }), code == .ok else { return code }
        notice("cachesync: standard output cannot be written: \(fault)")
        return .failure
    }

    private static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let reason = String(cString: strerror(errno))
                if descriptor == 1 && errno != EPIPE { fault.withLock { $0 = reason } }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
