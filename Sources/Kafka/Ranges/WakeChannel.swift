internal import Glibc

/// Pipe through which Kafka's queues wake a thread.
final class WakeChannel {
    let readEnd: Int32
    let writeEnd: Int32

    /// - Throws: when the process may open no more files.
    init() throws(KafkaError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .invalidConfiguration("no pipe could be opened: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Waits for a wake, at most so long, and takes all that have come.
    func waitForWake(_ milliseconds: Int32) {
        var interest = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard poll(&interest, 1, milliseconds) > 0 else { return }
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while read(readEnd, &bytes, 32) > 0 {}
    }
}
