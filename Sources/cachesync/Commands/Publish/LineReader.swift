import Foundation
import Invalidations
import Runtime

/// Reads lines of a file or of standard input, with a limit on their length.
struct LineReader: ~Copyable {
    enum Line: Equatable {
        case text([UInt8])
        /// Longer than a record; what it held is gone.
        case tooLong
    }

    private static let chunk = 64 << 10
    private static let newline = UInt8(ascii: "\n")

    private let name: String
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var buffer: [UInt8] = []
    /// Where the next line begins, and how far it is known to hold no line end.
    private var start = 0
    private var scanned = 0
    private var hasEnded = false
    /// Of the line that `next` gave last, from 1.
    private(set) var number = 0

    /// - Parameter path: `-` for standard input.
    init(_ path: String) throws(CommandError) {
        guard path != "-" else {
            (name, descriptor, ownsDescriptor) = ("standard input", 0, false)
            return
        }
        (name, ownsDescriptor) = (path, true)
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            throw CommandError(code == ENOENT ? .notFound : .dataError, "\(path): \(String(cString: strerror(code)))")
        }
    }

    deinit {
        if ownsDescriptor && descriptor >= 0 { close(descriptor) }
    }

    /// The input is a person's keyboard.
    var isTerminal: Bool { Terminal.isTerminal(descriptor) }

    /// - Returns: nil at the end. Lines without text are left out, and counted.
    mutating func next() throws(CommandError) -> Line? {
        while let line = try nextOfAny() {
            number += 1
            switch line {
            case .tooLong: return line
            case .text(var bytes):
                if number == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
                if bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) { return .text(bytes) }
            }
        }
        return nil
    }

    private mutating func nextOfAny() throws(CommandError) -> Line? {
        var isTooLong = false
        while true {
            if let end = buffer[scanned...].firstIndex(of: Self.newline) {
                let line = Array(buffer[start..<end])
                (start, scanned) = (end + 1, end + 1)
                return isTooLong || line.count > Limits.recordBytes ? .tooLong : .text(line)
            }
            scanned = buffer.count
            if hasEnded {
                guard start < buffer.count || isTooLong else { return nil }
                let line = Array(buffer[start...])
                start = buffer.count
                return isTooLong || line.count > Limits.recordBytes ? .tooLong : .text(line)
            }
            if buffer.count - start > Limits.recordBytes {
                isTooLong = true
                start = buffer.count
            }
            try fill()
        }
    }

    private mutating func fill() throws(CommandError) {
        buffer.removeFirst(start)
        scanned -= start
        start = 0
        let filled = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
        var count: Int
        repeat {
            count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + filled, Self.chunk) }
        } while count < 0 && errno == EINTR
        let code = errno
        buffer.removeLast(Self.chunk - max(0, count))
        guard count >= 0 else { throw CommandError(.dataError, "\(name): \(String(cString: strerror(code)))") }
        hasEnded = count == 0
    }
}
