import Foundation
import Runtime

/// A file or standard input, read to its end, with a limit.
struct WholeInput {
    private static let chunk = 64 << 10

    let bytes: [UInt8]

    /// - Parameter path: `-` for standard input.
    init(_ path: String, bytesMax: Int) throws(CommandError) {
        let isStandard = path == "-"
        let name = isStandard ? "standard input" : path
        let descriptor = isStandard ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw CommandError(code == ENOENT ? .notFound : .dataError, "\(path): \(String(cString: strerror(code)))")
        }
        defer { if !isStandard { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw CommandError(.dataError, "\(name): \(String(cString: strerror(errno)))") }
            guard count > 0 else { break }
            bytes += buffer[..<count]
            guard bytes.count <= bytesMax else {
                throw CommandError(.dataError, "\(name) has more than \(bytesMax) bytes")
            }
        }
        self.bytes = bytes
    }
}
