import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

/// Tests of wakers of the event loop.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopWakerTests {
    private final class Shared: Sendable {
        let sum = Atomic(0)
        let released = Atomic(false)

        var isReleased: Bool { released.load(ordering: .relaxed) }
    }

    @Test func manyWakesBeforeTheLoopRunsAreOneCall() throws {
        let loop = try EventLoop()
        var calls = 0
        let waker = try loop.makeWaker { calls += 1 }
        let group = DispatchGroup()
        for _ in 0..<8 {
            DispatchQueue.global().async(group: group) {
                for _ in 0..<10_000 { waker.wake() }
            }
        }
        group.wait()
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        timer.schedule(after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(calls == 1)
    }

    @Test func noWakeIsLostWhileThreadsRaceTheLoop() throws {
        let loop = try EventLoop()
        let shared = Shared()
        let (threads, rounds) = (4, 20_000)
        var seen = 0
        var calls = 0
        let waker = try loop.makeWaker { [unowned loop] in
            calls += 1
            // What a thread wrote before it woke the loop is visible here.
            seen += shared.sum.exchange(0, ordering: .relaxed)
            if seen == threads * rounds { loop.stop() }
        }
        for _ in 0..<threads {
            Thread.detachNewThread {
                for _ in 0..<rounds {
                    shared.sum.add(1, ordering: .relaxed)
                    waker.wake()
                }
            }
        }
        try loop.run(within: .seconds(30))
        #expect(seen == threads * rounds)
        #expect(calls <= threads * rounds)
    }

    @Test func theHandlerGoesWithItsWaker() throws {
        final class Token {
            let shared: Shared
            init(_ shared: Shared) { self.shared = shared }
            deinit { shared.released.store(true, ordering: .relaxed) }
        }
        let loop = try EventLoop()
        let shared = Shared()
        var waker: Waker?
        do {
            let token = Token(shared)
            waker = try loop.makeWaker { _ = token }
        }
        waker?.wake()
        #expect(!shared.isReleased)
        waker = nil
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        timer.schedule(after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(shared.isReleased)
    }

    @Test func aWakerOutlivesItsLoop() throws {
        var loop: EventLoop? = try EventLoop()
        let waker = try loop?.makeWaker { Issue.record("the loop is gone") }
        loop = nil
        for _ in 0..<100_000 { waker?.wake() }
    }

    @Test func aPipeAcceptsMoreThanItHoldsAndDrains() throws {
        let pipe = try WakePipe()
        for _ in 0..<100_000 { pipe.wake() }
        pipe.drain()
        let loop = try EventLoop()
        var calls = 0
        let watch = try loop.watch(pipe.readDescriptor, .read) { [unowned loop] _ in
            calls += 1
            pipe.drain()
            loop.stop()
        }
        let quiet = try loop.timer { [unowned loop] in loop.stop() }
        quiet.schedule(after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(calls == 0)
        pipe.wake()
        try loop.run(within: .seconds(30))
        #expect(calls == 1)
        watch.cancel()
    }
}
