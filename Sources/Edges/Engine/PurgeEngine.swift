internal import HTTP
public import Invalidations
public import Runtime

/// Purges batches at edges, over HTTP, on the loop of the thread that owns it.
///
/// Different batches run at the same time, up to the edge's connections, and so do the calls of one batch where the
/// adapter allows it. Each batch has one connection before any has two; what is beyond waits in the order it came.
/// Where the edge is pipelined, a batch has a call in a pipeline instead of a connection (`PurgeEngine+Calls.swift`).
/// The caller bounds how many batches there are: the worker's core has one per lane.
public final class PurgeEngine {
    /// Called once for each batch that was submitted, on the loop, never from within `submit`. `rest`: how long from
    /// now on the edge asks to be left alone although nothing failed, because its budget is used up.
    public var onOutcome: ((_ id: UInt64, _ outcome: PurgeOutcome, _ pause: Duration?) -> Void)?

    /// Called once for each `check`, on the loop, never from within it.
    public var onChecked: ((_ edge: Int, _ check: EdgeCheck) -> Void)?

    /// Connections in all. Edges that together want more get their share of it, so that no edge takes another's.
    public static let connectionsMax = 4_096

    /// Connections beside, for checks: they do not wait for purges.
    private static let checkConnectionsMax = 256
    private static let sweepInterval = Duration.milliseconds(250)
    /// With less of a batch's time left, no call of it is sent.
    private static let timeoutLeast = Duration.milliseconds(10)

    let client: HTTPClient
    var lines: [EdgeLine]
    private var jobs: [Job?] = []
    private var freeSlots: [Int] = []
    /// Batches that needed no call; reported in the loop's next turn.
    private var callless: [(id: UInt64, outcome: PurgeOutcome)] = []
    private var reporting: LoopTimer?
    private var sweeping: LoopTimer?
    /// Checks that had nothing to ask; they end in the loop's next turn.
    var checksEnded: [Int] = []
    private(set) var ending: LoopTimer?
    private(set) var isCancelling = false

    private struct Job {
        let id: UInt64
        let edge: Int
        var run: BatchRun
        /// What is not sent by then is not sent, and what is on its way ends.
        let deadline: MonotonicTime
        var state = State.waiting
        /// Until when the edge asks to be left alone, by the latest answer that spoke of its budget.
        var throttledUntil: MonotonicTime?

        enum State {
            /// For the edge to prove itself.
            case proving
            /// For a connection.
            case waiting
            case running
            /// In line for one more connection, too.
            case working
        }

        mutating func read(_ result: HTTPClientResult) {
            guard case .response(let response) = result, !response.rateLimits.fields.isEmpty else { return }
            throttledUntil = RateLimitHeaders.pause(response.rateLimits, now: .now()).map { .now() + $0 }
        }
    }

    /// - Parameter edges: `submit` names them by their index in this list.
    public init(loop: EventLoop, edges: [EdgeConfiguration]) throws {
        let wanted = edges.reduce(0) { $0 + $1.connections }
        let share = min(1, Double(Self.connectionsMax) / Double(max(1, wanted)))
        lines = edges.map { EdgeLine($0, connections: max(1, Int(Double($0.connections) * share))) }
        var configuration = HTTPClientConfiguration()
        // Each edge is held to its number here: edges may share a host, and waiting inside the client would
        // count towards a call's timeout.
        let forChecks = min(Self.checkConnectionsMax, 4 * lines.count)
        configuration.connectionsMax = max(64, lines.reduce(0) { $0 + $1.connections } + forChecks)
        configuration.connectionsPerHostMax = configuration.connectionsMax
        client = try HTTPClient(loop: loop, configuration: configuration)
        reporting = try loop.timer { [unowned self] in reportCallless() }
        sweeping = try loop.timer { [unowned self] in sweep() }
        ending = try loop.timer { [unowned self] in endChecks() }
        client.onFinish = { [unowned self] token, result in
            if let check = CheckToken(token) { checked(check, result) } else { finished(CallToken(token), result) }
        }
        for edge in lines.indices {
            try lines[edge].openPipeline(on: loop) { [unowned self] in finished(CallToken($0), $1) }
        }
    }

    /// Batches without an outcome yet.
    public var pending: Int { jobs.count - freeSlots.count + callless.count }

    /// - Parameters:
    ///   - id: the caller's own; comes back with the outcome.
    ///   - edge: its index in the list the engine was made with.
    public func submit(id: UInt64, edge: Int, batch: PurgeBatch) {
        let run = BatchRun(
            plan: lines[edge].edge.plan(batch), itemCount: batch.items.count, windowMax: lines[edge].windowMax,
            isOrdered: lines[edge].edge.adapter.capabilities.isOrdered)
        guard !run.isDone else {
            callless.append((id, run.outcome))
            reporting?.schedule(after: .zero)
            return
        }
        let slot = insert(Job(id: id, edge: edge, run: run, deadline: .now() + lines[edge].edge.batchTimeout))
        if sweeping?.isScheduled == false { sweeping?.schedule(after: Self.sweepInterval) }
        guard isProven(slot, edge) else { return }
        lines[edge].waiting.append(slot)
        dispatch(edge)
    }

    /// Asks the edge to purge a marker of each kind that it takes, whatever else waits for it.
    public func check(edge: Int) {
        lines[edge].checksWanted += 1
        beginCheck(edge)
    }

    /// Ends every batch now, calls under way included. Each is reported before this returns: what was not sent as
    /// a transient failure, what may have been as an unknown one. Checks are not answered.
    public func cancelAll() {
        isCancelling = true
        defer { isCancelling = false }
        for edge in lines.indices { forgetChecks(edge) }
        for slot in jobs.indices where jobs[slot]?.state == .waiting || jobs[slot]?.state == .proving {
            jobs[slot]?.run.giveUp(Self.cancelled)
            report(remove(slot))
        }
        client.cancelAll()
        for line in lines { line.pipeline?.cancelAll() }
        reportCallless()
    }

    private static let cancelled = PurgeFailure(.transient, "purging is stopping")
}

// The batches.
extension PurgeEngine {
    /// Gives the edge's free connections away: first to batches without one, then in turn to those that want more.
    private func dispatch(_ edge: Int) {
        while lines[edge].used < lines[edge].capacity {
            if let slot = lines[edge].waiting.popFirst() {
                // A slot may have been freed, or given to another batch, since.
                guard jobs[slot]?.edge == edge, jobs[slot]?.state == .waiting, let time = timeLeft(slot),
                    isProven(slot, edge)
                else { continue }
                jobs[slot]?.state = .running
                send(slot, within: time)
            } else if let slot = lines[edge].working.popFirst() {
                guard jobs[slot]?.edge == edge, jobs[slot]?.state == .working else { continue }
                jobs[slot]?.state = .running
                guard jobs[slot]?.run.canSend == true, let time = timeLeft(slot) else { continue }
                send(slot, within: time)
            } else {
                return
            }
        }
    }

    /// With the capacity that there is.
    private func send(_ slot: Int, within time: Duration) {
        guard let edge = jobs[slot]?.edge, let index = jobs[slot]?.run.send(), let call = jobs[slot]?.run.call(index)
        else { preconditionFailure("a batch without a call") }
        send(call, to: edge, slot: slot, index: index, timeout: time)
        wantMore(slot)
    }

    private func wantMore(_ slot: Int) {
        guard let edge = jobs[slot]?.edge, jobs[slot]?.state == .running, jobs[slot]?.run.canSend == true else {
            return
        }
        jobs[slot]?.state = .working
        lines[edge].working.append(slot)
    }

    private func finished(_ token: CallToken, _ result: HTTPClientResult) {
        let (slot, index) = (token.slot, token.index)
        guard let edge = jobs[slot]?.edge, let call = jobs[slot]?.run.call(index) else {
            preconditionFailure("an answer without a call")
        }
        let outcome = lines[edge].edge.outcome(of: result, for: call)
        jobs[slot]?.run.record(outcome, for: index)
        if let failure = lines[edge].misunderstanding(outcome, call) {
            jobs[slot]?.run.refuse(call.kinds.intersection(lines[edge].wideKinds), failure)
        }
        jobs[slot]?.read(result)
        let time = timeLeft(slot)
        if isCancelling { jobs[slot]?.run.giveUp(Self.cancelled) } else if time == nil { failUnsent(slot) }
        lines[edge].used -= token.cost(lines[edge].depth)
        // A batch keeps its only connection until all is sent.
        if let time, jobs[slot]?.run.isIdle == true, jobs[slot]?.run.canSend == true {
            send(slot, within: time)
            return dispatch(edge)
        }
        let isDone = jobs[slot]?.run.isDone == true
        if !isDone { wantMore(slot) }
        let done = isDone ? remove(slot) : nil
        if !isCancelling { dispatch(edge) }
        if let done { report(done) }
    }

    /// Ends what has waited too long, whether or not anything is on its way.
    private func sweep() {
        for slot in jobs.indices {
            if timeLeft(slot) == nil { failUnsent(slot) }
            guard jobs[slot]?.run.isDone == true else { continue }
            report(remove(slot))
        }
        if pending > 0 { sweeping?.schedule(after: Self.sweepInterval) }
    }

    /// What is left of the batch's time; nil where it is over. The sweep reports what never had a connection.
    private func timeLeft(_ slot: Int) -> Duration? {
        // Asked for each call and each answer, so nothing of the batch is copied for it.
        guard let deadline = jobs[slot]?.deadline else { return nil }
        let left = deadline - .now()
        return left < Self.timeoutLeast ? nil : left
    }

    private func failUnsent(_ slot: Int) {
        guard jobs[slot]?.run.hasUnsent == true, let edge = jobs[slot]?.edge else { return }
        jobs[slot]?.run.failUnsent(
            PurgeFailure(
                .transient,
                "not sent within the \(lines[edge].edge.batchTimeout) that a batch has here: the edge answers slowly; "
                    + "raise its connections or batchTimeout"))
    }

    private func report(_ job: Job) {
        let pause = job.throttledUntil.map { $0 - .now() }.flatMap { $0 > .zero ? $0 : nil }
        onOutcome?(job.id, job.run.outcome, pause)
    }

    private func reportCallless() {
        let reports = callless
        callless = []
        for (id, outcome) in reports { onOutcome?(id, outcome, nil) }
    }

    private func insert(_ job: Job) -> Int {
        if let slot = freeSlots.popLast() {
            jobs[slot] = job
            return slot
        }
        jobs.append(job)
        return jobs.count - 1
    }

    private func remove(_ slot: Int) -> Job {
        guard let job = jobs[slot] else { preconditionFailure("no batch in slot \(slot)") }
        jobs[slot] = nil
        freeSlots.append(slot)
        return job
    }

    /// The edge has proven what it can: the batches that waited for that go on with what it understands.
    ///
    /// - Parameters:
    ///   - kinds: what was checked. Of those, what is neither proven nor failed has no marker.
    func proofEnded(_ edge: Int, _ kinds: SelectorKinds, _ failures: [PurgeFailure]) {
        let slots = lines[edge].unproven
        lines[edge].unproven = []
        var done: [Job] = []
        for slot in slots where jobs[slot]?.edge == edge && jobs[slot]?.state == .proving {
            let unproven = unprovenKinds(slot, edge)
            for failure in failures where !failure.kinds.isDisjoint(with: unproven) {
                jobs[slot]?.run.refuse(unproven.intersection(failure.kinds), Self.notProven(failure))
            }
            let unmarked = unprovenKinds(slot, edge).intersection(kinds)
            if !unmarked.isEmpty { jobs[slot]?.run.refuse(unmarked, Self.notProven(Self.noMarker(unmarked))) }
            let left = unprovenKinds(slot, edge)
            if jobs[slot]?.run.isDone == true {
                done.append(remove(slot))
            } else if left.isEmpty {
                jobs[slot]?.state = .waiting
                lines[edge].waiting.append(slot)
            } else {
                lines[edge].unproven.append(slot)
                lines[edge].toProve.formUnion(left)
            }
        }
        dispatch(edge)
        for job in done { report(job) }
    }

    /// Otherwise the batch waits for the proof.
    private func isProven(_ slot: Int, _ edge: Int) -> Bool {
        let unproven = unprovenKinds(slot, edge)
        guard !unproven.isEmpty else { return true }
        jobs[slot]?.state = .proving
        lines[edge].unproven.append(slot)
        prove(unproven, at: edge)
        return false
    }

    private func unprovenKinds(_ slot: Int, _ edge: Int) -> SelectorKinds {
        guard !lines[edge].isProven, let kinds = jobs[slot]?.run.unsentKinds else { return [] }
        return lines[edge].unproven(of: kinds)
    }

    private static func noMarker(_ kinds: SelectorKinds) -> PurgeFailure {
        PurgeFailure(.permanentTarget, "its adapter knows no marker of that kind", kinds: kinds)
    }

    private static func notProven(_ failure: PurgeFailure) -> PurgeFailure {
        let names = failure.kinds.names
        guard failure.isPermanent else {
            return PurgeFailure(
                failure.failureClass, "\(names) not sent: a marker was to be purged first, but \(failure.message)",
                status: failure.status, retryAfter: failure.retryAfter)
        }
        return PurgeFailure(
            .permanentTarget,
            "\(names) not sent, since the edge did not purge a marker of that kind: "
                + AnswerText.excerpt(failure.message.utf8, bytesMax: 300)
                + "; until that is mended, publish urls or tags",
            status: failure.status)
    }
}

// It belongs to its loop's thread.
@available(*, unavailable)
extension PurgeEngine: Sendable {}
