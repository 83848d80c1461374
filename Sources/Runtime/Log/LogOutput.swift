import Glibc
import Synchronization

/// Writes whole lines to a descriptor, and never waits long for a slow reader:
/// lines that find no capacity are counted and dropped, and the count is reported once there is capacity again.
final class LogOutput: Sendable {
    /// How long a line may wait for capacity; after a dropped line the next ones don't wait at all.
    private static let waitMilliseconds: Int32 = 100

    private let descriptor: Int32
    private let dropped = Mutex(0)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// - Parameter notice: makes the line that reports how many were dropped.
    func write(_ line: [UInt8], notice: (Int) -> [UInt8]) {
        dropped.withLock { dropped in
            if dropped > 0 && put(notice(dropped), wait: 0) { dropped = 0 }
            if dropped > 0 || !put(line, wait: Self.waitMilliseconds) { dropped += 1 }
        }
    }

    /// - Returns: false when nothing of the line was written.
    private func put(_ line: [UInt8], wait: Int32) -> Bool {
        var written = 0
        while written < line.count {
            guard isWritable(within: wait) else { break }
            let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count > 0 {
                written += count
            } else if errno != EINTR && errno != EAGAIN {
                break
            }
        }
        return written > 0
    }

    private func isWritable(within milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var result: Int32
        repeat { result = poll(&request, 1, milliseconds) } while result < 0 && errno == EINTR
        return result > 0 && request.revents & Int16(POLLOUT) != 0
    }
}
