import Glibc
import Runtime
import TestSupport
import Testing

/// Tests of watches of the event loop.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopWatchTests {
    /// Two connected, non-blocking sockets.
    private final class SocketPair {
        let left: Int32
        let right: Int32

        init() throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            (left, right) = (ends[0], ends[1])
        }

        deinit {
            close(left)
            close(right)
        }

        func send(_ text: String) { _ = Glibc.send(left, text, text.utf8.count, Int32(MSG_NOSIGNAL)) }

        func receive() -> String {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = recv(right, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    @Test func callsWhileReadable() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        var calls = 0
        let watch = try loop.watch(pair.right, .read) { [unowned loop] interest in
            #expect(interest == .read)
            calls += 1
            // Not read at first: a level-triggered watch calls again.
            guard calls == 3 else { return }
            #expect(pair.receive() == "hello")
            loop.stop()
        }
        pair.send("hello")
        try loop.run(within: .seconds(30))
        #expect(calls == 3)
        #expect(watch.descriptor == pair.right && watch.interest == .read)
    }

    @Test func updatesWhatItWaitsFor() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        var seen: [Interest] = []
        var watch: Watch?
        watch = try loop.watch(pair.right, .write) { [unowned loop] interest in
            seen.append(interest)
            if interest == .write {
                do {
                    try watch?.update(.read)
                } catch {
                    Issue.record(error)
                }
                pair.send("x")
            } else {
                loop.stop()
            }
        }
        try loop.run(within: .seconds(30))
        #expect(seen == [.write, .read])
    }

    @Test func anEmptyInterestPauses() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        var calls = 0
        let watch = try loop.watch(pair.right, .read) { _ in calls += 1 }
        try watch.update([])
        pair.send("x")
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        timer.schedule(after: .milliseconds(20))
        try loop.run(within: .seconds(30))
        #expect(calls == 0)
        try watch.update(.read)
        timer.schedule(after: .milliseconds(20))
        try loop.run(within: .seconds(30))
        #expect(calls > 0)
    }

    @Test func aWatchForOneCallIsSilentUntilUpdated() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        var calls = 0
        let watch = try loop.watch(pair.right, .read, persist: false) { _ in calls += 1 }
        pair.send("x")
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        for expected in 1...2 {
            timer.schedule(after: .milliseconds(20))
            try loop.run(within: .seconds(30))
            #expect(calls == expected)
            try watch.update(.read)
        }
    }

    @Test func aHangUpIsSeen() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        var seen: Interest?
        let watch = try loop.watch(pair.right, .read) { [unowned loop] interest in
            seen = interest
            loop.stop()
        }
        shutdown(pair.left, Int32(SHUT_RDWR))
        try loop.run(within: .seconds(30))
        #expect(seen == .read)
        watch.cancel()
    }

    @Test(arguments: [true, false])
    func whatACallCancelledDoesNotFireInTheSameTurn(byDropping: Bool) throws {
        let loop = try EventLoop()
        let pairs = [try SocketPair(), try SocketPair()]
        // Nothing else holds them to the end: their descriptors would close after the last use.
        defer { withExtendedLifetime(pairs) {} }
        var fired: [Int] = []
        var watches: [Watch?] = []
        // Both are readable in one turn; whichever is called first ends the other one, and itself.
        for index in 0...1 {
            watches.append(
                try loop.watch(pairs[index].right, .read) { [unowned loop] _ in
                    fired.append(index)
                    if byDropping {
                        watches = [nil, nil]
                    } else {
                        watches.forEach { $0?.cancel() }
                    }
                    loop.stop()
                })
        }
        pairs.forEach { $0.send("x") }
        try loop.run(within: .seconds(30))
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        timer.schedule(after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(fired.count == 1)
    }

    @Test func stopEndsTheTurn() throws {
        let loop = try EventLoop()
        let pairs = [try SocketPair(), try SocketPair()]
        // Nothing else holds them to the end: their descriptors would close after the last use.
        defer { withExtendedLifetime(pairs) {} }
        var calls = 0
        let watches = try pairs.map { pair in
            try loop.watch(pair.right, .read) { [unowned loop] _ in
                calls += 1
                loop.stop()
            }
        }
        pairs.forEach { $0.send("x") }
        try loop.run(within: .seconds(30))
        #expect(calls == 1)
        // The loop can run again, and serves what it left.
        try loop.run(within: .seconds(30))
        #expect(calls == 2)
        watches.forEach { $0.cancel() }
    }

    @Test func stopBeforeRunIsNotLost() throws {
        let loop = try EventLoop()
        loop.stop()
        try loop.run(within: .seconds(30))
    }

    @Test func aClosedDescriptorIsRefused() throws {
        let loop = try EventLoop()
        let pair = try SocketPair()
        let copy = dup(pair.right)
        close(copy)
        #expect(throws: EventLoopError.self) { try loop.watch(copy, .read) { _ in } }
    }

    @Test func aWatchOutlivesItsLoop() throws {
        let pair = try SocketPair()
        var loop: EventLoop? = try EventLoop()
        let watch = try loop?.watch(pair.right, .read) { _ in }
        loop = nil
        watch?.cancel()
    }
}
