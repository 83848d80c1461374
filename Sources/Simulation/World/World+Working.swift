internal import Basics
internal import Invalidations
internal import JSON
internal import Kafka
internal import Runtime
internal import TopicCatalogue
internal import Workers

// Worker processes: how their loops are made, let run, and stopped.
extension World {
    /// Loops that run at the same time, in all processes.
    private static let workersMax = 4
    /// Records read in one turn.
    private static let recordsPerTurn = 32

    /// A process starts, with all of its loops.
    func startWorker() {
        processes += 1
        for _ in 0..<scenario.loopsPerProcess { startLoop() }
    }

    private func startLoop() {
        guard workers.count(where: { $0.isRunning && !$0.isDraining }) < Self.workersMax else { return }
        let offMost = scenario.settings.clockSkew.nanoseconds / .millisecond / 2
        let random = workerRandom.fork()
        let worker = SimulatedWorker(
            number: workers.count, process: processes, partitions: scenario.partitions, sources: log.partitions.count,
            monotonicOffset: workerRandom.time(0...1_000 * .hour), wallOffset: workerRandom.time(-offMost...offMost))
        workers.append(worker)
        tell("start", "\(worker.name) starts")
        worker.begin(makeLoop(of: worker, random))
        drive(worker) { running in
            do { try running.loop.begin() } catch { violate("loop", "\(worker.name) can't begin: \(error)") }
        }
    }

    private func makeLoop(of worker: SimulatedWorker, _ random: SeededRandom) -> SimulatedWorker.Running {
        var configuration = WorkerConfiguration(
            kafka: KafkaConfiguration(brokers: ["simulated"], clientID: "simulated"), edges: [], name: worker.name,
            core: scenario.settings)
        configuration.watchInterval = .seconds(30)
        configuration.recordsPerTurn.records = Self.recordsPerTurn
        let (host, calls) = (SimulatedHost(self, worker), SimulatedCalls(self, worker))
        let (consumer, observer) = (SimulatedConsumer(self, worker), SimulatedObserver(self, worker))
        let loop = WorkerLoop(
            configuration, edges: scenario.edges.map(\.profile),
            WorkerLoop.Ports(
                host: host, consumer: consumer, observer: observer, retryProducer: SimulatedProducer(self, worker),
                progressProducer: SimulatedProducer(self, worker), calls: calls, random: random),
            metrics: metrics, log: .silent, ready: {})
        let witness = LoopWitness(self, worker)
        loop.observer = witness
        return SimulatedWorker.Running(
            loop: loop, host: host, consumer: consumer, observer: observer, calls: calls, witness: witness)
    }

    /// Lets the worker's loop run until it waits again: all of it, or as much as the process lives for.
    func drive(_ worker: SimulatedWorker, _ body: (SimulatedWorker.Running) -> Void) {
        guard worker.isRunning, violation == nil, let running = worker.running else { return }
        body(running)
        if worker.isRunning, running.witness.actionsUntilDeath != nil {
            crash(worker, "just after it had done what followed from one event")
        }
        guard worker.isRunning else { return worker.forget() }
        if worker.openRecords > 0 { see(.handled(worker)) }
        if running.host.isStopped { stopped(worker, running) }
    }

    /// The loop has stopped by itself: it finished all it had, or can't go on.
    private func stopped(_ worker: SimulatedWorker, _ running: SimulatedWorker.Running) {
        var failure: (any Error)?
        do { try running.loop.end() } catch { failure = error }
        guard worker.isRunning else { return worker.forget() }
        if let failure {
            tell("restart", "\(worker.name) begins anew: \(failure)")
            counts.crashes += 1
            after(groupRandom.time(500 * .millisecond...10 * .second), .startWorker)
        } else {
            tell("drained", "\(worker.name) has finished what it had, and leaves")
        }
        end(worker)
        worker.forget()
        rebalance()
    }

    /// The worker reads what there is, soon.
    func planTurn(_ worker: SimulatedWorker, after pause: SimulatedTime) {
        guard worker.isRunning, !worker.isTurnPlanned else { return }
        worker.isTurnPlanned = true
        after(pause, .turn(worker))
    }

    func runTurn(of worker: SimulatedWorker) {
        worker.isTurnPlanned = false
        drive(worker) { $0.loop.recordsCame() }
    }

    /// The consumer says something.
    func told(_ worker: SimulatedWorker, _ event: ConsumerEvent) {
        worker.running?.consumer.push(event)
        drive(worker) { $0.loop.recordsCame() }
    }

    /// What checkers see of an action, before it has any effect.
    func willCarryOut(_ action: WorkerAction, _ worker: SimulatedWorker) {
        switch action {
        case .writeRetry(let number, let retryRecord):
            worker.written[number] = .retryRecord(retryRecord)
            see(.writeRetry(worker, number, retryRecord))
            tellRetry(retryRecord, worker)
        case .writeDeadLetter(let number, let deadLetter):
            worker.written[number] = .deadLetter(deadLetter)
            see(.writeDeadLetter(worker, deadLetter))
            tellDeadLetter(deadLetter, worker)
            oracle.deadLettered(deadLetter)
        case .report(let number, let report):
            worker.written[number] = .report(report)
            see(.report(worker, report))
        case .alert(let alert):
            see(.alert(worker, alert))
            tellAlert(alert, worker)
        case .reread(let source, let offset):
            tell("reread", "\(worker.name) reads \(name(source)) again from \(offset)")
        case .purge, .check, .commit, .drained: break
        }
    }

    /// - Returns: after how many of the actions the worker dies; nil for not at all.
    func crashPoint(_ actions: Int) -> Int? {
        guard actions > 0, isChaos, let left = eventsUntilCrash else { return nil }
        eventsUntilCrash = left - 1
        guard left <= 1 else { return nil }
        planCrash()
        return groupRandom.int(0...actions)
    }

    func planCrash() {
        eventsUntilCrash = scenario.eventsBetweenCrashes.map { groupRandom.int(1...(2 * $0)) }
    }

    /// The process dies, with all of its loops.
    func crash(_ worker: SimulatedWorker, _ when: String) {
        guard worker.isRunning else { return }
        counts.crashes += 1
        for loop in workers where loop.isRunning && loop.process == worker.process {
            tell("crash", "\(loop.name) dies \(when)")
            // What it has handed to the network still arrives.
            loop.lastWordAt = now + groupRandom.time(0...6 * .millisecond)
            end(loop)
            if group.isMember(loop) { after(groupRandom.time(.second...30 * .second), .sessionEnds(loop)) }
            if loop !== worker { loop.forget() }
        }
        after(groupRandom.time(500 * .millisecond...40 * .second), .startWorker)
    }

    private func end(_ worker: SimulatedWorker) {
        worker.isRunning = false
        worker.ownsSince = worker.ownsSince.map { _ in nil }
        worker.begun.removeAll()
        worker.written.removeAll()
        see(.gone(worker))
    }
}
