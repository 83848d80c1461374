import Runtime
import TestSupport
import Testing

/// Tests of timers of the event loop.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopTimerTests {
    /// Ends a test that would otherwise run for ever.
    private func stopping(_ loop: EventLoop, after delay: Duration) throws -> LoopTimer {
        let timer = try loop.timer { [unowned loop] in loop.stop() }
        timer.schedule(after: delay)
        return timer
    }

    @Test func firesInTheOrderOfTime() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        var timers: [LoopTimer] = []
        for delay in [30, 5, 20, 0, 10] {
            let timer = try loop.timer { fired.append(delay) }
            timer.schedule(after: .milliseconds(delay))
            timers.append(timer)
        }
        let end = try stopping(loop, after: .milliseconds(40))
        try loop.run(within: .seconds(30))
        #expect(fired == [0, 5, 10, 20, 30])
        #expect(!end.isScheduled)
    }

    @Test(arguments: [Duration.nanoseconds(1), .microseconds(300), .milliseconds(3), .milliseconds(20)])
    func neverFiresEarly(_ delay: Duration) throws {
        let loop = try EventLoop()
        var due = loop.now
        var rounds = 0
        var timer: LoopTimer?
        timer = try loop.timer { [unowned loop] in
            #expect(loop.now >= due)
            rounds += 1
            if rounds == 5 { return loop.stop() }
            due = loop.now + delay
            timer?.schedule(after: delay)
        }
        due = loop.now + delay
        timer?.schedule(after: delay)
        try loop.run(within: .seconds(30))
        #expect(rounds == 5)
    }

    @Test func aDelayCountsFromTheCallNotFromTheTurn() throws {
        let loop = try EventLoop()
        var due = loop.now
        let second = try loop.timer { [unowned loop] in
            #expect(loop.now >= due)
            loop.stop()
        }
        let first = try loop.timer { [unowned loop] in
            let busyUntil = loop.now + .milliseconds(30)
            while loop.now < busyUntil {}
            due = loop.now + .milliseconds(20)
            second.schedule(after: .milliseconds(20))
        }
        first.schedule(after: .zero)
        try loop.run(within: .seconds(30))
    }

    @Test func schedulingAgainReplacesTheFormerTime() throws {
        let loop = try EventLoop()
        var fired = 0
        let timer = try loop.timer { fired += 1 }
        timer.schedule(after: .zero)
        timer.schedule(after: .seconds(3600))
        timer.schedule(after: .milliseconds(5))
        #expect(timer.isScheduled)
        let end = try stopping(loop, after: .milliseconds(30))
        try loop.run(within: .seconds(30))
        #expect(fired == 1)
        #expect(!timer.isScheduled && !end.isScheduled)
    }

    @Test func whatACallCancelledDoesNotFireInTheSameTurn() throws {
        let loop = try EventLoop()
        var fired: [String] = []
        var timers: [LoopTimer] = []
        // All are due in one turn; the first takes the others back, one of them by letting it go.
        let first = try loop.timer {
            fired.append("first")
            timers[0].cancel()
            timers.removeLast()
        }
        timers.append(try loop.timer { fired.append("cancelled") })
        timers.append(try loop.timer { fired.append("dropped") })
        first.schedule(after: .zero)
        timers[0].schedule(after: .microseconds(1))
        timers[1].schedule(after: .microseconds(2))
        let busyUntil = loop.now + .milliseconds(1)
        while loop.now < busyUntil {}
        let end = try stopping(loop, after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(fired == ["first"])
        #expect(!end.isScheduled)
    }

    @Test func aHandlerMayDropItsOwnTimer() throws {
        let loop = try EventLoop()
        var timer: LoopTimer?
        var fired = 0
        timer = try loop.timer { [unowned loop] in
            timer = nil
            fired += 1
            loop.stop()
        }
        timer?.schedule(after: .zero)
        try loop.run(within: .seconds(30))
        #expect(fired == 1)
    }

    @Test func tenThousandTimersFireOnceEachAndInOrder() throws {
        let loop = try EventLoop()
        var fired: [Int] = []
        var timers: [LoopTimer] = []
        // The moment a timer is due lies between these two: the thread may be held up while it schedules, and the
        // loop's clock counts microseconds.
        var due: [ClosedRange<MonotonicTime>] = []
        let count = 10_000
        for index in 0..<count {
            let timer = try loop.timer { [unowned loop] in
                fired.append(index)
                if fired.count == count { loop.stop() }
            }
            let delay = Duration.microseconds(Int.random(in: 0..<50_000))
            let earliest = loop.now + delay
            timer.schedule(after: delay)
            due.append(earliest...(loop.now + delay + .microseconds(2)))
            timers.append(timer)
        }
        try loop.run(within: .seconds(30))
        #expect(Set(fired).count == count)
        #expect(zip(fired, fired.dropFirst()).allSatisfy { due[$0].lowerBound <= due[$1].upperBound })
    }

    @Test func extremeDelaysAreBounded() throws {
        let loop = try EventLoop()
        var fired = 0
        let past = try loop.timer { fired += 1 }
        let never = try loop.timer { Issue.record("fired a century early") }
        past.schedule(after: .seconds(-5))
        never.schedule(after: .seconds(Int64.max))
        let end = try stopping(loop, after: .milliseconds(10))
        try loop.run(within: .seconds(30))
        #expect(fired == 1)
        #expect(never.isScheduled && !end.isScheduled)
    }

    @Test func monotonicTimeAddsAndBounds() {
        let time = MonotonicTime(nanoseconds: 5)
        #expect(time + .microseconds(1) == MonotonicTime(nanoseconds: 1005))
        #expect(time - .nanoseconds(5) == MonotonicTime(nanoseconds: 0))
        #expect(MonotonicTime(nanoseconds: 2_000_000_005) - time == .seconds(2))
        #expect(time + .seconds(Int64.max) == MonotonicTime(nanoseconds: .max))
        #expect(MonotonicTime(nanoseconds: -5) - .seconds(Int64.max) == MonotonicTime(nanoseconds: .min))
        #expect(MonotonicTime.now() <= MonotonicTime.now())
    }
}
