internal import HTTP
internal import Invalidations
internal import Kafka
internal import Replays
internal import Views

/// Takes orders of runs, and tells how far runs are.
///
/// It plans nothing and carries nothing out: the runner follows the orders of the control topic. What waits for Kafka
/// does so on the thread of `jobs`.
final class RunService: Sendable {
    let reader: RunReader
    private let jobs: JobQueue
    private let writer: OrderWriter
    private let watcher: StatusWatcher
    private let links: StatusLinks
    private let countWait: Duration

    /// - Parameter countWait: how long the answer to an order with an expected number waits for the runner's count.
    init(
        reader: RunReader, jobs: JobQueue, writer: OrderWriter, watcher: StatusWatcher, links: StatusLinks,
        countWait: Duration
    ) {
        (self.reader, self.jobs, self.writer, self.countWait) = (reader, jobs, writer, countWait)
        (self.watcher, self.links) = (watcher, links)
    }

    /// Stores the first order of a run; an id that has a run already is answered with that run.
    func order(_ body: RunBody, run id: String, who: String, _ answer: @escaping Answer) {
        if case .run(let known) = reader.find(id) { return answer(accepted(known, id)) }
        jobs.add(answer) { [self] in
            // The job before may have been the same request.
            if case .run(let known) = reader.find(id) { return accepted(known, id) }
            do {
                try store(try writer.order(body, who: who), run: id)
            } catch {
                return Self.refusal(of: error)
            }
            guard body.isExecuted, let expected = body.expect else { return accepted(id) }
            return isAnsweredWhenCounted(id, expected, answer) ? nil : accepted(id)
        }
    }

    /// Stores the next order of a run.
    func change(
        _ id: String, _ change: RunChange, who: String, _ grant: Grant, _ answer: @escaping Answer
    ) {
        jobs.add(answer) { [self] in
            switch reader.find(id, grant: grant) {
            case .unknown: Problems.unknownRun(id)
            case .announced: Problems.runNotInView(id)
            case .unavailable(let reason): Problems.viewUnavailable(reason)
            case .run(let known): changed(known.run, change, who)
            }
        }
    }

    private func changed(_ run: RunTable.Run, _ change: RunChange, _ who: String) -> HTTPResponse {
        guard let order = run.order else { return Problems.runNotInView(run.id) }
        guard run.state?.phase.isOver != true else { return Problems.runIsOver(run.id, run.phase) }
        // A run that has paused itself is wanted to run: another pace alone must not resume it.
        let wanted = run.isSelfPaused ? .paused : order.wanted
        do {
            let next = try order.changed(
                to: change.wanted ?? wanted, rate: change.rate, expect: change.expect, by: who,
                reason: change.reason, at: .now())
            try store(next, run: run.id)
            return accepted(run.id)
        } catch RunError.cannotChange {
            return Problems.runIsOver(run.id, run.phase)
        } catch {
            return Self.refusal(of: error)
        }
    }

    /// - Parameter wait: how long the answer may be held until the run is planned, is over, or stands still.
    func show(_ id: String, wait: Duration, _ grant: Grant, _ answer: @escaping Answer) {
        let look: StatusWatcher.Look = { [reader, links] isOver in
            let finding = reader.find(id, grant: grant)
            guard isOver || finding.isSettled else { return nil }
            return RunDocument.response(to: finding, id, asOf: reader.watermark, links: links)
        }
        if wait > .zero, look(false) == nil {
            if !watcher.answerWhenReady(within: wait, answer, look) { answer(Problems.tooManyWaiting) }
        } else {
            answer(look(true) ?? Problems.unknownRun(id))
        }
    }

    func list(limit: Int, before: String?) -> HTTPResponse {
        do {
            let (runs, watermark) = try reader.read { view in
                (try view.runs(limit: limit + 1, before: before), try view.watermark())
            }
            return RunDocument.list(runs, limit: limit, asOf: watermark)
        } catch {
            return Problems.viewUnavailable("\(error)")
        }
    }

    private func store(_ order: RunOrder, run id: String) throws {
        try writer.publish(order, run: id)
        reader.recent.add(order, run: id)
    }

    /// The runner counts before it publishes anything: until then nobody knows whether the run goes on.
    ///
    /// - Returns: false when too many wait already; then nothing will be answered.
    private func isAnsweredWhenCounted(_ id: String, _ expected: Int64, _ answer: @escaping Answer) -> Bool {
        watcher.answerWhenReady(within: countWait, answer) { [self] isOver in
            guard case .run(let known) = reader.find(id) else { return isOver ? accepted(id) : nil }
            if let found = known.run.state?.countFound { return Problems.countDiffers(id, expected, found) }
            switch known.run.state?.phase {
            case nil, .planning, .planned: return isOver ? accepted(known, id) : nil
            default: return accepted(known, id)
            }
        }
    }

    private func accepted(_ id: String) -> HTTPResponse {
        guard case .run(let known) = reader.find(id) else { return Problems.runNotInView(id) }
        return accepted(known, id)
    }

    private func accepted(_ known: RunReader.KnownRun, _ id: String) -> HTTPResponse {
        RunDocument.response(202, to: known, asOf: reader.watermark).with("Location", links.run(id))
    }

    private static func refusal(of error: any Error) -> HTTPResponse {
        switch error {
        case let error as BodyError: Problems.refused(error)
        case RunError.notReachable(let gone): Problems.notReachable(gone)
        case let error as RunError: Problems.refused(BodyError("body", "makes no order: \(error)"))
        case let error as KafkaError: Problems.notOrdered(error.description)
        default: Problems.notOrdered("\(error)")
        }
    }
}

extension RunReader.Finding {
    /// Waiting tells nothing new soon: the run is planned, over, stands still, or is unknown.
    fileprivate var isSettled: Bool {
        guard case .run(let known) = self else {
            if case .announced = self { return false }
            return true
        }
        switch RunDocument.phase(of: known.run) {
        case .planning, .running, .published: return false
        // A run that was planned and is wanted to run has not begun yet.
        case .planned: return known.run.order?.wanted == .planned
        case .paused, .done, .incomplete, .cancelled, .failed: return true
        }
    }
}
