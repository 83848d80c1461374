import Foundation
import TestSupport

/// A non-blocking pipe to be woken through.
final class TestPipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 1_024)
        while read(readEnd, &bytes, bytes.count) > 0 {}
    }

    /// Waits for a byte and takes all; false when none comes in time.
    func waitAndDrain(within milliseconds: Int32 = 20_000) -> Bool {
        var interest = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard poll(&interest, 1, milliseconds) == 1 else { return false }
        drain()
        return true
    }
}
