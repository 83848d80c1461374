internal import Invalidations
internal import Kafka
internal import Replays
internal import Runtime
internal import TopicCatalogue
internal import Views

/// One connection of the runner: its membership, the table of runs, and the runs that are under way.
final class ReplaySession {
    private static let control = TopicPartition(TopicName.control, 0)
    /// Runs that go on side by side; others wait for their turn.
    private static let runsMax = 4
    private static let idlePause = Duration.milliseconds(200)
    private static let busyPause = Duration.milliseconds(20)
    private static let retryPause = Duration.seconds(2)

    private let configuration: ReplayConfiguration
    private let wake: WakePipe
    private let log: Log
    private let member: KafkaConsumer
    private let producer: KafkaProducer
    private let view: ViewReader
    private var table = RunTable()
    /// Nil while another runner is the owner.
    private var isRead: Bool?
    private var active: [String: ActiveRun] = [:]
    private var planning: [String: PlanningRun] = [:]
    private var notBefore: [String: MonotonicTime] = [:]
    private var nextCheckpoint = MonotonicTime.now()
    /// When all runs are gone over: at once when the control topic has news, and now and then.
    private var nextStart = MonotonicTime.now()

    init(_ configuration: ReplayConfiguration, wake: WakePipe, log: Log) throws {
        self.configuration = configuration
        self.wake = wake
        self.log = log
        var tuning = ConsumerTuning(group: configuration.group)
        tuning.reportsEndOfPartition = true
        tuning.statisticsInterval = .zero
        tuning.sessionTimeout = configuration.sessionTimeout
        member = try KafkaConsumer(configuration.kafka, tuning)
        producer = try KafkaProducer(configuration.kafka, ProducerTuning())
        view = ViewReader(configuration.view)
        try producer.warmUp(topics: [TopicName.control], timeout: .seconds(30))
        try member.warmUp(timeout: .seconds(30))
        member.wake(on: wake.writeDescriptor)
        try member.subscribe([TopicName.control])
    }

    func close() {
        closeRuns()
        if !member.close(deadline: .seconds(5)) { log.warning("the runner did not leave its group in time") }
        producer.flush(timeout: .seconds(1))
    }

    func run(until stop: StopSignal) throws {
        while stop.phase == .running {
            let begin = MonotonicTime.now()
            wake.drain()
            try takeEvents()
            try readControl()
            producer.drainDeliveries(max: 1_000, timeout: .zero) { _ in }
            var isBusy = false
            if isRead == true {
                if MonotonicTime.now() >= nextStart { startRuns() }
                let isCheckpoint = MonotonicTime.now() >= nextCheckpoint
                if isCheckpoint { nextCheckpoint = .now() + configuration.checkpointInterval }
                isBusy = try stepRuns(isCheckpoint)
                if try stepPlans(isCheckpoint) { isBusy = true }
            }
            wake.waitForWake(atMost: pause(isBusy, since: begin))
        }
        // The next owner goes on from here.
        for (id, run) in active { try store(id, run.checkpoint(at: .now())) }
        producer.flush(timeout: .seconds(2))
    }

    /// Half of the time belongs to live traffic, which shares processors and broker with what is read here.
    private func pause(_ isBusy: Bool, since begin: MonotonicTime) -> Duration {
        guard !isBusy else { return min(.now() - begin, Self.busyPause) }
        return active.isEmpty && planning.isEmpty ? Self.idlePause : Self.busyPause
    }

    // MARK: - Membership

    private func takeEvents() throws {
        var events: [ConsumerEvent] = []
        member.poll(max: 100) { events.append($0) }
        for event in events {
            switch event {
            case .assigned(let partitions): try accept(partitions)
            case .revoked: try revoke()
            case .fatal(let error): throw error
            case .error(let error): log.warning("kafka", ["kafka.error": "\(error)"])
            case .log(let line): log.debug(line.message, ["kafka.facility": line.facility])
            case .committed, .endOfPartition, .statistics: break
            }
        }
    }

    private func accept(_ partitions: [TopicPartition]) throws {
        table = RunTable()
        isRead = partitions.contains(Self.control) ? false : nil
        // All of it: the table of runs is what its records say.
        try member.acceptAssignment(partitions.map { TopicPartitionOffset($0, .beginning) })
        if isRead != nil { log.info("this process runs replays and redrives") }
    }

    private func revoke() throws {
        closeRuns()
        isRead = nil
        try member.acceptRevocation()
    }

    private func closeRuns() {
        for run in active.values { run.close() }
        active.removeAll()
        for run in planning.values { run.close() }
        planning.removeAll()
    }

    private func readControl() throws {
        guard isRead != nil else { return }
        while true {
            let drained = try member.records(of: Self.control, max: 1_000) { record in
                do {
                    table.fold(try ControlRecord(key: record.key, value: record.value))
                } catch {
                    log.warning("a control record is ignored", ["kafka.offset": record.offset, "error": "\(error)"])
                }
            }
            if drained.end != nil { isRead = true }
            if drained.count == 0 { return }
            nextStart = .now()
        }
    }

    // MARK: - Runs

    private func startRuns() {
        nextStart = .now() + Self.idlePause
        for run in table.newest.reversed() {
            guard let order = run.order else { continue }
            if let active = active[run.id] {
                active.follow(order)
                continue
            }
            guard !(run.state?.phase.isOver ?? false), notBefore[run.id].map({ $0 <= .now() }) ?? true else { continue }
            if order.wanted == .cancelled {
                planning.removeValue(forKey: run.id)?.close()
                end(run, .cancelled, "it was cancelled")
            } else if let planned = planning[run.id] {
                planned.follow(order)
            } else if RunStart.needsPlan(run, now: .now()) {
                if planning.count < Self.runsMax { plan(run, order) }
            } else if order.wanted == .running, !run.isSelfPaused {
                if let refusal = RunStart.refusal(of: run) {
                    end(run, .failed, refusal)
                } else if active.count < Self.runsMax {
                    startRun(run, order)
                }
            }
        }
    }

    private func startRun(_ run: RunTable.Run, _ order: RunOrder) {
        attempt(run, order, "a run cannot begin yet") {
            let started = try ActiveRun(run.id, order, earlier: run.state, configuration)
            do {
                // Where the replay topic stands must be known to the next owner before anything is published.
                try store(run.id, started.state)
                try flushStates()
            } catch {
                started.close()
                throw error
            }
            active[run.id] = started
            log.info("a run begins", ["run": run.id, "kind": order.kind.rawValue, "epoch": started.state.epoch])
        }
    }

    private func plan(_ run: RunTable.Run, _ order: RunOrder) {
        attempt(run, order, "a run cannot be planned yet") {
            let planned = try PlanningRun(run.id, order, earlier: run.state, configuration)
            planning[run.id] = planned
            try store(run.id, planned.state)
        }
    }

    /// Does that once the view is fresh enough. What fails is tried again, unless no run can follow the order.
    private func attempt(_ run: RunTable.Run, _ order: RunOrder, _ complaint: String, _ body: () throws -> Void) {
        do {
            guard try isViewFresh(order) else {
                notBefore[run.id] = .now() + Self.idlePause
                return
            }
            try body()
        } catch let error as RunError {
            end(run, .failed, "\(error)")
        } catch {
            notBefore[run.id] = .now() + Self.retryPause
            log.warning(complaint, ["run": run.id, "error": "\(error)"])
        }
    }

    private func stepPlans(_ isCheckpoint: Bool) throws -> Bool {
        var isBusy = false
        for (id, run) in planning {
            do {
                if try run.step() { isBusy = true }
            } catch {
                log.warning("a run is planned anew", ["run": id, "error": "\(error)"])
                run.close()
                planning[id] = nil
                notBefore[id] = .now() + Self.retryPause
                continue
            }
            let isPlanned = run.state.phase == .planned
            if isPlanned || isCheckpoint { try store(id, run.state) }
            if isPlanned {
                run.close()
                planning[id] = nil
                nextStart = .now()
            }
        }
        return isBusy
    }

    /// Whether the view tells of all that had ended when the run was ordered.
    private func isViewFresh(_ order: RunOrder) throws -> Bool {
        guard let watermark = try view.watermark() else { return false }
        return watermark > order.at.time
    }

    private func end(_ run: RunTable.Run, _ phase: RunState.Phase, _ reason: String) {
        var state =
            run.state ?? RunState(epoch: 1, phase: phase, position: [:], at: .now())
        state.epoch = state.epoch &+ (run.state == nil ? 0 : 1)
        (state.phase, state.reason, state.at) = (phase, reason, TimeText(.now()))
        do { try store(run.id, state) } catch { log.warning("a state was not stored", ["error": "\(error)"]) }
    }

    private func stepRuns(_ isCheckpoint: Bool) throws -> Bool {
        var isBusy = false
        for (id, run) in active {
            let before = run.state.phase
            do {
                if try run.step(now: MonotonicTime.now().nanoseconds) { isBusy = true }
            } catch let error as RunError {
                run.close()
                active[id] = nil
                if let known = table.runs[id] { end(known, .failed, "\(error)") }
                continue
            } catch {
                log.warning("a run begins again where it stands", ["run": id, "error": "\(error)"])
                run.close()
                active[id] = nil
                notBefore[id] = .now() + Self.retryPause
                continue
            }
            let phase = run.state.phase
            if isCheckpoint || phase != before || phase.isOver { try store(id, run.checkpoint(at: .now())) }
            guard phase.isOver || phase == .paused, phase != before || phase.isOver else { continue }
            log.info("a run stands still", ["run": id, "phase": phase.rawValue, "reason": run.state.reason ?? ""])
            if phase.isOver {
                run.close()
                active[id] = nil
            }
        }
        return isBusy
    }

    private func flushStates() throws {
        var failure: KafkaError?
        let left = producer.flush(timeout: .seconds(10)) { delivery in
            if case .failed(let error) = delivery.result { failure = error }
        }
        if let failure { throw failure }
        if left > 0 { throw KafkaError.timedOut("storing the state of a run on \(TopicName.control)") }
    }

    private func store(_ id: String, _ state: RunState) throws {
        let record = ControlRecord.state(id, state)
        table.fold(record)
        try producer.send(
            topic: TopicName.control, partition: 0, key: Array(record.key.utf8), value: try record.value(), token: 0)
    }
}
