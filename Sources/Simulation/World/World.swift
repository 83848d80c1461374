internal import Invalidations
internal import Runtime
internal import Workers

/// A whole installation in one thread: publishers, broker, workers, edges and projector, moved from event to event by
/// one queue. A seed decides everything that happens in it.
final class World {
    let scenario: Scenario
    let oracle: Oracle
    let checkers: [any Checker]
    let topics: SourceTopics
    let decoder: RecordDecoder
    let progressDecoder = ProgressDecoder()
    let metrics = WorkerMetrics(MetricsRegistry())

    var now: SimulatedTime = 0
    var queue = EventQueue<SimulationEvent>()
    var log: SimulatedLog
    var group: Group
    /// Every process there ever was, by its number.
    var workers: [SimulatedWorker] = []
    /// How many processes have started.
    var processes = 0
    var edges: [SimulatedEdge]
    var projector = Projector()
    var runs: [SimulatedRun] = []
    var trace: Trace
    var counts = SimulationCounts()
    private(set) var violation: Violation?
    var isOver = false

    var brokerRandom: SeededRandom
    var groupRandom: SeededRandom
    var workerRandom: SeededRandom
    /// Events with actions until a worker dies in the midst of them; nil for never.
    var eventsUntilCrash: Int?

    /// More than any run needs: one that goes on is one that will not end.
    private static let eventsMax = 3_000_000

    init(seed: UInt64, isTraced: Bool) {
        scenario = Scenario(seed: seed)
        var publications = PublicationGenerator(scenario)
        oracle = Oracle(scenario, publications.generate())
        checkers = AllCheckers.make(scenario)
        topics = SourceTopics(tiers: scenario.settings.retryTiers.count)
        decoder = RecordDecoder(topics)
        log = SimulatedLog(tiers: scenario.settings.retryTiers.count, partitionCount: scenario.partitions)
        group = Group(sources: log.partitions.count)
        var random = SeededRandom(seed: seed, stream: 3)
        brokerRandom = random.fork()
        groupRandom = random.fork()
        workerRandom = random.fork()
        edges = []
        for plan in scenario.edges {
            edges.append(SimulatedEdge(plan, chaosEnd: scenario.chaosEnd, random: random.fork()))
        }
        trace = Trace(isWanted: isTraced)
        planCrash()
    }

    func run() {
        begin()
        while violation == nil, !isOver, let (time, event) = queue.next() {
            now = time
            counts.events += 1
            happen(event)
            if counts.events > Self.eventsMax { violate("liveness", "the run does not come to an end") }
        }
        counts.simulated = now
    }

    func after(_ pause: SimulatedTime, _ event: SimulationEvent) {
        queue.add(event, at: now + pause)
    }

    var isChaos: Bool { now < scenario.chaosEnd }

    func see(_ observation: Observation) {
        for checker in checkers where violation == nil { checker.see(observation, in: self) }
    }

    func violate(_ checker: String, _ text: @autoclosure () -> String) {
        guard violation == nil else { return }
        let violation = Violation(checker: checker, time: now, text: text())
        self.violation = violation
        tell("violation", "VIOLATION (\(checker)): \(violation.text)")
    }

    func tell(_ kind: String, _ text: @autoclosure () -> String) {
        trace.tell(now, kind, text())
    }

    private func begin() {
        tellScenario()
        for request in oracle.requests { queue.add(.publish(request.number), at: request.madeAt) }
        for _ in 0..<scenario.workers { after(groupRandom.time(0...3 * .second), .startWorker) }
        for (run, time) in scenario.replays.enumerated() { queue.add(.replay(run), at: time) }
        for plan in scenario.runs { queue.add(.orderRun(plan), at: plan.at) }
        for fault in scenario.faults { queue.add(.fault(fault), at: fault.time) }
        for (slot, edge) in scenario.edges.enumerated() {
            for faultWindow in edge.faultWindows {
                queue.add(.faultWindow(edge: slot, begins: true, faultWindow.trouble), at: faultWindow.from)
                queue.add(.faultWindow(edge: slot, begins: false, faultWindow.trouble), at: faultWindow.until)
            }
        }
        queue.add(.chaosEnds, at: scenario.chaosEnd)
    }

    private func happen(_ event: SimulationEvent) {
        switch event {
        case .publish(let number): publish(number)
        case .publishArrives(let number, let isAcknowledged): publishArrives(number, isAcknowledged: isAcknowledged)
        case .turn(let worker): runTurn(of: worker)
        case .timer(let worker, let timer, let number): drive(worker) { _ in timer.fire(number) }
        case .reachesEdge(let sentBatch): reachesEdge(sentBatch)
        case .answered(let sentBatch): answered(sentBatch)
        case .checkReachesEdge(let edge, let worker): checkReachesEdge(edge, worker)
        case .checkAnswered(let edge, let worker, let check): drive(worker) { $0.calls.onChecked?(edge, check) }
        case .reachesBroker(let producedRecord): reachesBroker(producedRecord)
        case .delivered(let producedRecord): delivered(producedRecord)
        case .told(let worker, let event): told(worker, event)
        case .clusterAnswers(let worker):
            worker.running?.observer.answer()
            drive(worker) { $0.host.runWakes() }
        case .startWorker: startWorker()
        case .giveUp(let worker): giveUp(worker)
        case .assign(let worker, let generation, let partitions):
            assignPartitions(partitions, to: worker, generation: generation)
        case .sessionEnds(let worker): sessionEnds(worker)
        case .noticesFence(let worker): noticesFence(worker)
        case .drainDeadline(let worker): drainDeadline(worker)
        case .fault(let fault): strike(fault)
        case .replay(let run): replay(run)
        case .orderRun(let plan): orderRun(plan)
        case .runChange(let run, let wanted): change(run, to: wanted)
        case .runStep(let run, let owner): step(run, owner: owner)
        case .runRecordArrives(let record): arrives(record)
        case .runnerDies(let run, let isLate): runnerDies(run, isLate: isLate)
        case .takeOverRun(let run): takeOver(run)
        case .lookAfterRun(let run): lookAfter(run)
        case .faultWindow(let edge, let begins, let trouble): faultWindow(edge, begins: begins, trouble)
        case .chaosEnds: chaosEnds()
        case .look: look()
        }
    }
}
