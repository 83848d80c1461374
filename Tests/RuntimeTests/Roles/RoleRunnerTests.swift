import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

/// What happened, in order, over all roles of a test.
private final class Diary: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func record(_ entry: String) { entries.withLock { $0.append(entry) } }
}

private final class TestRole: Role {
    let name: String
    let drainsWith: String
    private let body: @Sendable (StopSignal, @escaping @Sendable () -> Void) throws -> Void

    init(
        _ name: String, drainsWith: String? = nil,
        _ body: @escaping @Sendable (StopSignal, @escaping @Sendable () -> Void) throws -> Void
    ) {
        self.name = name
        self.drainsWith = drainsWith ?? name
        self.body = body
    }

    func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws { try body(stop, ready) }

    /// Notes its steps, and ends when it has drained.
    static func obedient(_ name: String, _ diary: Diary) -> TestRole {
        TestRole(name) { stop, ready in
            diary.record("\(name) starts")
            ready()
            stop.waitForPhase(.draining)
            diary.record("\(name) ends")
        }
    }

    /// Ends at the hard stop only.
    static func stubborn(_ name: String, until phase: StopSignal.Phase = .stopping) -> TestRole {
        TestRole(name) { stop, ready in
            ready()
            stop.waitForPhase(phase)
        }
    }
}

private struct Broken: ExitCodeError, CustomStringConvertible {
    let exitCode = ExitCode.unavailable
    let description = "no broker"
}

@Suite(.timeLimit(.minutes(1)))
struct RoleRunnerTests {
    private let signals = SignalSource()
    private let diary = Diary()

    private func runner(
        drain: Duration = .seconds(30), stop: Duration = .seconds(30), start: Duration = .seconds(30)
    ) -> RoleRunner {
        RoleRunner(
            log: Log { [diary] in diary.record("log: " + $0.dropFirst(25)) }, drainDeadline: drain, stopDeadline: stop,
            startDeadline: start, signals: signals)
    }

    private var steps: [String] { diary.all.filter { !$0.hasPrefix("log: ") } }

    @Test(arguments: [SIGTERM, SIGINT])
    func startsInOrderAndDrainsInReverse(_ signal: Int32) {
        let roles = ["a", "b", "c"].map { TestRole.obedient($0, diary) }
        let outcome = runner().run(roles) {
            diary.record("ready")
            signals.send(signal)
        }
        #expect(steps == ["a starts", "b starts", "c starts", "ready", "c ends", "b ends", "a ends"])
        #expect(outcome.isClean)
        #expect(outcome.exitCode == .ok)
    }

    /// Each of them ends only when both have been asked.
    @Test(.timeLimit(.minutes(1)))
    func neighboursOfOneKindDrainTogether() {
        let (first, second) = (StopSignal(), StopSignal())
        func role(_ name: String, asks own: StopSignal, waitsFor other: StopSignal) -> TestRole {
            TestRole(name, drainsWith: "pair") { stop, ready in
                ready()
                stop.waitForPhase(.draining)
                own.drain()
                other.waitForPhase(.draining)
            }
        }
        let roles: [any Role] = [
            TestRole.obedient("a", diary), role("b", asks: first, waitsFor: second),
            role("c", asks: second, waitsFor: first), TestRole.obedient("d", diary),
        ]
        let outcome = runner(drain: .seconds(20)).run(roles) { signals.send(SIGTERM) }
        #expect(steps == ["a starts", "d starts", "d ends", "a ends"])
        #expect(outcome.isClean)
    }

    @Test func theCallerMayAskInsteadOfASignal() {
        let stop = StopSignal()
        let outcome = runner().run([TestRole.obedient("a", diary)], stop: stop) { stop.drain() }
        #expect(outcome.isClean)
        let hard = StopSignal()
        let interrupted = runner().run([TestRole.stubborn("b")], stop: hard) { hard.stopNow() }
        #expect(interrupted.interrupted == ["b"])
    }

    @Test func aStopBeforeTheStartStartsNothing() {
        let stop = StopSignal()
        stop.drain()
        let roles = ["a", "b"].map { TestRole.obedient($0, diary) }
        #expect(runner().run(roles, stop: stop).isClean)
        #expect(!steps.contains("b starts"))
    }

    @Test func aSecondSignalStopsAtOnce() {
        let outcome = runner().run([TestRole.stubborn("a"), TestRole.stubborn("b")]) {
            signals.send(SIGHUP)
            signals.send(SIGTERM)
            signals.send(SIGTERM)
        }
        #expect(outcome.interrupted == ["a", "b"])
        #expect(outcome.unstopped.isEmpty)
        #expect(outcome.exitCode == .failure)
        #expect(diary.all.contains { $0.contains("SIGHUP is ignored") })
    }

    @Test func withoutADeadlineTheStartIsWaitedForAndSaidNowAndThen() {
        let isReminded = DispatchSemaphore(value: 0)
        let role = TestRole("late") { stop, ready in
            isReminded.wait()
            ready()
            stop.waitForPhase(.draining)
        }
        let log = Log { [diary] line in
            diary.record("log: " + line.dropFirst(25))
            if line.contains("not ready yet") { isReminded.signal() }
        }
        let runner = RoleRunner(
            log: log, drainDeadline: .seconds(30), stopDeadline: .seconds(30), startDeadline: nil,
            reminderInterval: .milliseconds(1), signals: signals)
        #expect(runner.run([role]) { signals.send(SIGTERM) }.isClean)
        #expect(diary.all.contains { $0.contains("not ready yet") && $0.contains("role=late") })
    }

    @Test func deadlinesEndTheDrainAndTheStop() {
        let release = StopSignal()
        let hung = TestRole("hung") { _, ready in
            ready()
            release.waitForPhase(.stopping)
        }
        defer { release.stopNow() }
        let outcome = runner(drain: .milliseconds(50), stop: .milliseconds(50)).run(
            [TestRole.obedient("a", diary), hung]
        ) { signals.send(SIGTERM) }
        #expect(outcome.interrupted == ["a", "hung"])
        #expect(outcome.unstopped == ["hung"])
        #expect(steps == ["a starts", "a ends"])
    }

    @Test func aRoleThatFailsDrainsTheOthers() {
        let failing = TestRole("failing") { stop, ready in
            ready()
            throw Broken()
        }
        let outcome = runner().run([TestRole.obedient("a", diary), failing])
        #expect(outcome.failures.map(\.description) == ["failing: no broker"])
        #expect(outcome.exitCode == .unavailable)
        #expect(steps == ["a starts", "a ends"])
        #expect(diary.all.contains("log: error   failed role=failing error=\"no broker\""))
    }

    @Test func aRoleThatFailsToStartKeepsTheNextFromStarting() {
        let failing = TestRole("failing") { _, _ in throw Broken() }
        let outcome = runner().run([TestRole.obedient("a", diary), failing, TestRole.obedient("c", diary)])
        #expect(outcome.failures.count == 1)
        #expect(steps == ["a starts", "a ends"])
    }

    @Test func aRoleThatEndsUnaskedIsAFailure() {
        let outcome = runner().run([TestRole("short") { _, ready in ready() }])
        #expect(outcome.failures.first?.error as? RoleError == .endedUnasked(role: "short"))
        #expect(outcome.exitCode == .software)
    }

    @Test func aRoleThatIsNeverReadyIsAFailure() {
        let slow = TestRole("slow") { stop, _ in stop.waitForPhase(.draining) }
        let outcome = runner(start: .milliseconds(20)).run([slow])
        #expect(outcome.failures.first?.error as? RoleError == .notReady(role: "slow", after: .milliseconds(20)))
        #expect(outcome.unstopped.isEmpty)
        #expect(outcome.exitCode == .temporary)
    }

    @Test func threadsBearTheirRolesNames() throws {
        let role = TestRole("a-name-longer-than-fifteen") { [diary] stop, ready in
            let path = "/proc/thread-self/comm"
            diary.record((try? String(contentsOfFile: path, encoding: .utf8)) ?? "unreadable")
            ready()
            stop.waitForPhase(.draining)
        }
        _ = runner().run([role]) { signals.send(SIGTERM) }
        #expect(steps == ["a-name-longer-t\n"])
    }
}

/// The process's real signals, each in a child process of its own. Every signal waits for the effect of the one
/// before: equal signals that are both pending count once.
@Suite(.timeLimit(.minutes(1)))
struct RoleRunnerSignalTests {
    /// - Parameter signals: each is raised when a line with its text is logged.
    private static func run(_ role: any Role, raising signals: [(after: String, signal: Int32)]) -> RunOutcome {
        let log = Log { line in
            for (text, signal) in signals where line.contains(text) { kill(getpid(), signal) }
        }
        return RoleRunner(log: log, drainDeadline: .seconds(30), stopDeadline: .seconds(30)).run([role])
    }

    @Test func termDrains() async {
        await #expect(processExitsWith: .exitCode(40)) {
            let outcome = Self.run(
                TestRole.obedient("a", Diary()), raising: [("ready", SIGHUP), ("SIGHUP is ignored", SIGTERM)])
            exit(outcome.isClean ? 40 : 41)
        }
    }

    @Test func aBrokenPipeIsNoEnd() async {
        await #expect(processExitsWith: .exitCode(40)) {
            let role = TestRole("a") { stop, ready in
                kill(getpid(), SIGPIPE)
                ready()
                stop.waitForPhase(.draining)
            }
            exit(Self.run(role, raising: [("ready", SIGINT)]).isClean ? 40 : 41)
        }
    }

    @Test func theSecondStopsAtOnce() async {
        await #expect(processExitsWith: .exitCode(40)) {
            let outcome = Self.run(
                TestRole.stubborn("a"), raising: [("ready", SIGINT), ("a second signal", SIGINT)])
            exit(outcome.interrupted == ["a"] && outcome.unstopped.isEmpty ? 40 : 41)
        }
    }

    @Test func theThirdEndsTheProcess() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            let hung = TestRole("hung") { _, ready in
                ready()
                StopSignal().waitForPhase(.stopping)
            }
            let signals = [("ready", SIGTERM), ("a second signal", SIGTERM), ("a third signal", SIGINT)]
            _ = Self.run(hung, raising: signals)
        }
    }

    @Test func handlersEndWithTheRun() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            for _ in 0..<2 { _ = Self.run(TestRole.obedient("a", Diary()), raising: [("ready", SIGTERM)]) }
            kill(getpid(), SIGTERM)
            StopSignal().waitForPhase(.stopping, timeout: .seconds(30))
        }
    }
}
