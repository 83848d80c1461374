import Glibc

/// A non-blocking pipe that carries no data, only the news that there is some. Its ends close at deinit.
///
/// A C library is given the write end to report through (a full pipe already says what one more byte would);
/// a loop watches the read end.
public final class WakePipe: Sendable {
    public let readDescriptor: Int32
    public let writeDescriptor: Int32

    public init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw EventLoopError(call: "pipe") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        readDescriptor = ends[0]
        writeDescriptor = ends[1]
    }

    deinit {
        close(readDescriptor)
        close(writeDescriptor)
    }

    /// Makes the read end readable. From any thread.
    public func wake() {
        var byte: UInt8 = 1
        while write(writeDescriptor, &byte, 1) < 0 && errno == EINTR {}
    }

    /// Blocks until somebody wakes, or `limit` has passed. A signal may end it early, too.
    public func waitForWake(atMost limit: Duration) {
        var descriptor = pollfd(fd: readDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, Int32(clamping: Int64(limit / .milliseconds(1)) + 1))
    }

    /// Takes out all that was written so far.
    public func drain() {
        // One call empties any pipe that is drained at each wake; a fuller one takes a few.
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            while true {
                let count = read(readDescriptor, buffer.baseAddress, buffer.count)
                if count < buffer.count && !(count < 0 && errno == EINTR) { return }
            }
        }
    }
}
