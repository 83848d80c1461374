/// Runs the roles of a process, each on its own thread.
///
/// Roles start in order, each after the one before is ready. The first SIGTERM or SIGINT drains them in reverse order,
/// neighbours of one kind together; a second one, or the drain deadline, stops all at once; a third ends the process on
/// the spot. A role that fails, or ends unasked, drains all others. SIGHUP calls `onHangUp`; SIGPIPE is ignored.
public struct RoleRunner: Sendable {
    let log: Log
    /// For all roles together.
    let drainDeadline: Duration
    /// After the hard stop, for all roles together.
    let stopDeadline: Duration
    /// For each role until it is ready; nil waits as long as it takes, and says so now and then.
    let startDeadline: Duration?
    let reminderInterval: Duration
    let signals: SignalSource
    /// Called for each SIGHUP, on the runner's thread.
    let onHangUp: (@Sendable () -> Void)?

    public init(
        log: Log, drainDeadline: Duration, stopDeadline: Duration, startDeadline: Duration? = .seconds(60),
        reminderInterval: Duration = .seconds(15), signals: SignalSource = .process,
        onHangUp: (@Sendable () -> Void)? = nil
    ) {
        self.log = log
        self.drainDeadline = drainDeadline
        self.stopDeadline = stopDeadline
        self.startDeadline = startDeadline
        self.reminderInterval = reminderInterval
        self.signals = signals
        self.onHangUp = onHangUp
    }

    /// Blocks until all roles have ended, or have been given up on.
    ///
    /// - Parameters:
    ///   - stop: lets other code ask for what signals ask for.
    ///   - whenReady: called once all roles are ready.
    public func run(
        _ roles: [any Role], stop: StopSignal = StopSignal(), whenReady: () -> Void = {}
    ) -> RunOutcome {
        OpenFileLimit.raise(log)
        ProcessMemory.prepare()
        let previous = signals.begin()
        defer { signals.end(previous) }
        var run = RoleRun(self, roles)
        stop.onChange { [inbox = run.inbox] in inbox.post(.asked($0)) }
        run.startRoles(whenReady: whenReady)
        run.finish()
        return run.outcome
    }
}
