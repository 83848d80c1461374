import Glibc

/// The state of one run; belongs to the runner's thread.
struct RoleRun {
    private struct Entry {
        let role: any Role
        let stop = StopSignal()
        var isReady = false
        /// Its thread runs.
        var isRunning = false
    }

    let inbox: RunnerInbox
    private(set) var outcome = RunOutcome()
    private let runner: RoleRunner
    private let log: Log
    private var entries: [Entry]
    private var phase = StopSignal.Phase.running
    private var signalCount = 0

    init(_ runner: RoleRunner, _ roles: [any Role]) {
        self.runner = runner
        log = runner.log
        inbox = RunnerInbox(signals: runner.signals)
        entries = roles.map { Entry(role: $0) }
    }

    /// Starts role after role, then waits until there is a reason to end.
    mutating func startRoles(whenReady: () -> Void) {
        for index in entries.indices where phase == .running {
            startThread(index)
            waitUntilReady(index)
        }
        guard phase == .running else { return }
        whenReady()
        while phase == .running {
            if !handleNext(until: .now + ProcessMemory.interval) { ProcessMemory.giveBack() }
        }
    }

    private mutating func waitUntilReady(_ index: Int) {
        let role = entries[index].role.name
        let start = ContinuousClock.now
        var reminder = start + runner.reminderInterval
        while phase == .running && !entries[index].isReady {
            let deadline = runner.startDeadline.map { start + $0 }
            if handleNext(until: min(deadline ?? reminder, reminder)) { continue }
            if let deadline, let allowed = runner.startDeadline, ContinuousClock.now >= deadline {
                fail(index, RoleError.notReady(role: role, after: allowed))
            } else if ContinuousClock.now >= reminder {
                reminder += runner.reminderInterval
                log.info(
                    "not ready yet",
                    ["role": role, "after": "\(Int((ContinuousClock.now - start).components.seconds)) s"])
            }
        }
    }

    /// Drains in reverse order, what drains together at once, then stops what is left.
    mutating func finish() {
        let drainEnd = ContinuousClock.now + runner.drainDeadline
        for group in drainGroups where phase < .stopping {
            for index in group where entries[index].isRunning {
                log.debug("draining", ["role": entries[index].role.name])
                entries[index].stop.drain()
            }
            while phase < .stopping, let slow = group.first(where: { entries[$0].isRunning }) {
                if !handleNext(until: drainEnd) {
                    log.warning("the drain deadline has passed", ["role": entries[slow].role.name])
                    phase = .stopping
                }
            }
        }
        let stopEnd = ContinuousClock.now + runner.stopDeadline
        outcome.interrupted = running.map { entries[$0].role.name }
        for index in running.reversed() { entries[index].stop.stopNow() }
        while !running.isEmpty && handleNext(until: stopEnd) {}
        outcome.unstopped = running.map { entries[$0].role.name }
        for name in outcome.unstopped { log.error("did not stop in time", ["role": name]) }
    }

    /// The last to start first; neighbours that drain together at the same time.
    private var drainGroups: [[Int]] {
        var groups: [[Int]] = []
        for index in entries.indices.reversed() {
            if let last = groups.last?.last, entries[last].role.drainsWith == entries[index].role.drainsWith {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
        }
        return groups
    }

    private var running: [Int] { entries.indices.filter { entries[$0].isRunning } }

    private mutating func startThread(_ index: Int) {
        let (role, stop, inbox) = (entries[index].role, entries[index].stop, inbox)
        do {
            try NamedThread.startThread(role.name) {
                do {
                    try role.run(stop) { inbox.post(.ready(role: index)) }
                    inbox.post(.ended(role: index, nil))
                } catch {
                    inbox.post(.ended(role: index, error))
                }
            }
            entries[index].isRunning = true
            log.debug("starting", ["role": role.name])
        } catch {
            fail(index, RoleError.noThread(role: role.name, reason: error.description))
        }
    }

    /// - Returns: false when the deadline has passed without news.
    private mutating func handleNext(until deadline: ContinuousClock.Instant?) -> Bool {
        let events = inbox.waitForEvents(until: deadline)
        for event in events { handle(event) }
        return !events.isEmpty
    }

    private mutating func handle(_ event: RunnerInbox.Event) {
        switch event {
        case .ready(let index):
            guard !entries[index].isReady else { return }
            entries[index].isReady = true
            log.info("ready", ["role": entries[index].role.name])
        case .ended(let index, let error): ended(index, error)
        case .asked(let phase): advance(to: phase)
        case .signal(SIGHUP):
            if let onHangUp = runner.onHangUp {
                onHangUp()
            } else {
                log.info("SIGHUP is ignored: to read the configuration again, restart")
            }
        case .signal(let number): signalled(number)
        }
    }

    private mutating func ended(_ index: Int, _ error: (any Error)?) {
        entries[index].isRunning = false
        let role = entries[index].role.name
        if let error {
            fail(index, error)
        } else if entries[index].stop.phase == .running {
            fail(index, RoleError.endedUnasked(role: role))
        } else {
            log.info("ended", ["role": role])
        }
    }

    private mutating func fail(_ index: Int, _ error: any Error) {
        let role = entries[index].role.name
        log.error("failed", ["role": role, "error": "\(error)"])
        outcome.failures.append(RunOutcome.Failure(role: role, error: error))
        advance(to: .draining)
    }

    private mutating func signalled(_ number: Int32) {
        let name = number == SIGINT ? "SIGINT" : "SIGTERM"
        signalCount += 1
        switch signalCount {
        case 1:
            log.info("draining; a second signal stops at once", ["signal": name])
            advance(to: .draining)
        case 2:
            log.warning("stopping at once; a third signal ends the process", ["signal": name])
            advance(to: .stopping)
        default:
            // As a shell reports a process that a signal has ended.
            _exit(128 + number)
        }
    }

    private mutating func advance(to phase: StopSignal.Phase) {
        self.phase = max(self.phase, phase)
    }
}
