internal import Glibc
internal import Runtime

// Waits for a wake pipe.
extension WakePipe {
    /// Blocks until somebody wakes, or `limit` has passed. A signal may end it early, too.
    func waitForWake(atMost limit: Duration) {
        var descriptor = pollfd(fd: readDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, Int32(clamping: Int64(limit / .milliseconds(1)) + 1))
    }
}
