internal import HTTP
public import Invalidations
public import Runtime

/// Purges batches at edges, over HTTP, on the loop of the thread that owns it.
///
/// The calls of a batch are made one after another, so that they arrive in the order of publishing. Different
/// batches run at the same time, up to the edge's connections; what is beyond waits in the order it came. The
/// caller bounds how many batches there are: the worker's core has one per lane.
public final class PurgeEngine {
    /// Called once for each batch that was submitted, on the loop, never from within `submit`. `rest`: how long from
    /// now on the edge asks to be left alone although nothing failed, because its budget is used up.
    public var onOutcome: ((_ id: UInt64, _ outcome: PurgeOutcome, _ rest: Duration?) -> Void)?

    /// Called once for each `check`, on the loop, never from within it.
    public var onChecked: ((_ edge: Int, _ check: EdgeCheck) -> Void)?

    /// Connections in all. Edges that together want more get their share of it, so that no edge takes another's.
    public static let connectionsMax = 4_096

    private let client: HTTPClient
    private var lines: [EdgeLine]
    private var jobs: [Job?] = []
    private var freeSlots: [Int] = []
    /// Batches that needed no call; reported in the loop's next turn.
    private var callless: [(id: UInt64, outcome: PurgeOutcome)] = []
    private var reporting: LoopTimer?
    private var isCancelling = false

    private struct Job {
        let id: UInt64
        let edge: Int
        var run: BatchRun
        /// Until when the edge asks to be left alone, by the latest answer that spoke of its budget.
        var restUntil: MonotonicTime?

        mutating func read(_ result: HTTPClientResult) {
            guard case .response(let response) = result, !response.rateLimits.fields.isEmpty else { return }
            restUntil = BudgetAdvice.rest(response.rateLimits, now: .now()).map { .now() + $0 }
        }
    }

    /// One edge's place in the engine.
    private struct EdgeLine {
        let edge: EdgeConfiguration
        let connections: Int
        var headers: HeaderLists
        var running = 0
        var waiting = SlotQueue()

        /// The call as the client makes it; headers that many calls share are built once.
        mutating func request(_ call: EdgeCall) -> HTTPClientRequest {
            let shared = headers.list(for: call.host)
            return edge.request(call, headers: shared)
        }
    }

    /// - Parameter edges: `submit` names them by their place in this list.
    public init(loop: EventLoop, edges: [EdgeConfiguration]) throws {
        let wanted = edges.reduce(0) { $0 + $1.connections }
        let share = min(1, Double(Self.connectionsMax) / Double(max(1, wanted)))
        lines = edges.map { edge in
            EdgeLine(
                edge: edge, connections: max(1, Int(Double(edge.connections) * share)), headers: HeaderLists(edge))
        }
        var configuration = HTTPClientConfiguration()
        // Each edge is held to its number here: edges may share a host, and waiting inside the client would
        // count towards a call's timeout.
        configuration.connectionsMax = max(64, lines.reduce(0) { $0 + $1.connections })
        configuration.connectionsPerHostMax = configuration.connectionsMax
        client = try HTTPClient(loop: loop, configuration: configuration)
        reporting = try loop.timer { [unowned self] in reportCallless() }
        client.onFinish = { [unowned self] token, result in finished(Int(token), result) }
    }

    /// Batches without an outcome yet.
    public var pending: Int { jobs.count - freeSlots.count + callless.count }

    /// - Parameters:
    ///   - id: the caller's own; comes back with the outcome.
    ///   - edge: its place in the list the engine was made with.
    public func submit(id: UInt64, edge: Int, batch: PurgeBatch) {
        let plan = lines[edge].edge.adapter.plan(batch)
        let run = BatchRun(plan: plan, itemCount: batch.items.count)
        guard run.next != nil else {
            callless.append((id, run.outcome))
            reporting?.schedule(after: .zero)
            return
        }
        let slot = insert(Job(id: id, edge: edge, run: run))
        if lines[edge].running < lines[edge].connections {
            lines[edge].running += 1
            send(slot)
        } else {
            lines[edge].waiting.append(slot)
        }
    }

    /// Asks the edge to purge a marker of each kind that it takes.
    public func check(edge: Int) {}

    /// Ends every batch now, calls under way included. Each is reported before this returns: what was not sent as
    /// a transient failure, what may have been as an unknown one.
    public func cancelAll() {
        isCancelling = true
        defer { isCancelling = false }
        for index in lines.indices {
            while let slot = lines[index].waiting.popFirst() {
                jobs[slot]?.run.giveUp(Self.cancelled)
                report(remove(slot))
            }
        }
        client.cancelAll()
        reportCallless()
    }

    private static let cancelled = PurgeFailure(.transient, "purging is stopping")

    private func send(_ slot: Int) {
        guard let job = jobs[slot], let call = job.run.next else { preconditionFailure("a batch without a call") }
        client.send(lines[job.edge].request(call), token: UInt64(slot))
    }

    private func finished(_ slot: Int, _ result: HTTPClientResult) {
        guard let job = jobs[slot], let call = job.run.next else { preconditionFailure("an answer without a call") }
        let outcome = lines[job.edge].edge.outcome(of: result, for: call)
        jobs[slot]?.run.take(outcome)
        jobs[slot]?.read(result)
        if isCancelling { jobs[slot]?.run.giveUp(Self.cancelled) }
        guard jobs[slot]?.run.next == nil else { return send(slot) }
        let done = remove(slot)
        if let next = lines[job.edge].waiting.popFirst() {
            send(next)
        } else {
            lines[job.edge].running -= 1
        }
        report(done)
    }

    private func report(_ job: Job) {
        let rest = job.restUntil.map { $0 - .now() }.flatMap { $0 > .zero ? $0 : nil }
        onOutcome?(job.id, job.run.outcome, rest)
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
}

// It belongs to its loop's thread.
@available(*, unavailable)
extension PurgeEngine: Sendable {}
