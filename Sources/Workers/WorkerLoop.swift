import Edges
import Invalidations
import Kafka
import Runtime
import TopicCatalogue

/// The shell around the core: it turns the world into events and actions into the world.
///
/// Everything happens on one thread. A turn takes in what Kafka delivered, lets the core decide and carries the
/// decisions out; then the loop waits for Kafka, the edges, a timer or the wish to stop.
final class WorkerLoop {
    private let configuration: WorkerConfiguration
    private let metrics: WorkerMetrics
    private let log: Log
    private var ready: (@Sendable () -> Void)?

    private let loop: EventLoop
    private var core: WorkerCore
    private let engine: PurgeEngine
    private let source: RecordSource
    private let outbox: Outbox
    private let kafkaWakes: WakePipe

    private var actions: [WorkerAction] = []
    private var isHandling = false
    private var watches: [Watch] = []
    private var timer: LoopTimer?
    /// What the timer is set to, on the monotonic clock.
    private var armedFor: Int64?
    private var nextTurn: LoopTimer?
    private var failure: (any Error)?

    init(
        _ configuration: WorkerConfiguration, metrics: WorkerMetrics, log: Log, ready: @escaping @Sendable () -> Void
    ) throws {
        self.configuration = configuration
        self.metrics = metrics
        self.log = log
        self.ready = ready
        loop = try EventLoop()
        kafkaWakes = try WakePipe()
        core = WorkerCore(
            edges: configuration.edges.map(\.profile), settings: configuration.core,
            random: SystemRandomNumberGenerator())
        engine = try PurgeEngine(loop: loop, edges: configuration.edges)
        source = try RecordSource(configuration, log: log)
        outbox = try Outbox(configuration, log: log)
    }

    /// Until the work is stopped or cannot go on.
    func run(_ stop: StopSignal) throws {
        try wire(stop)
        try outbox.warmUp()
        try source.start { [unowned self] event in controlEvent(event) }
        loop.run()
        watches.removeAll()
        // A purge that is broken off counts for nothing, least of all as a last attempt: its record is read again.
        engine.onOutcome = nil
        engine.cancelAll()
        source.close()
        outbox.close()
        if let failure { throw failure }
    }

    private func wire(_ stop: StopSignal) throws {
        engine.onOutcome = { [unowned self] number, outcome, rest in handle(.purged(number, outcome, rest: rest)) }
        source.wake(on: kafkaWakes.writeDescriptor)
        outbox.wake(on: kafkaWakes.writeDescriptor)
        watches.append(
            try loop.watch(kafkaWakes.readDescriptor, .read) { [unowned self] _ in
                kafkaWakes.drain()
                turn()
            })
        timer = try loop.timer { [unowned self] in
            armedFor = nil
            handle(.timer)
            turn()
        }
        nextTurn = try loop.timer { [unowned self] in turn() }
        let stopper = try loop.makeWaker { [unowned self] in phaseChanged(stop.phase) }
        stop.onChange { _ in stopper.wake() }
        nextTurn?.schedule(after: .zero)
    }

    private func phaseChanged(_ phase: StopSignal.Phase) {
        switch phase {
        case .running: break
        case .draining:
            log.info("draining", ["open": "\(core.openRecords)"])
            handle(.drain)
        case .stopping:
            log.warning(
                "stopping at once; what is open is read again by the next worker", ["open": "\(core.openRecords)"])
            loop.stop()
        }
    }

    /// Takes in what came, as much as the core has room for.
    private func turn() {
        do {
            try source.pollControl { event in controlEvent(event) }
            try outbox.drain { number, isStored in handle(.delivered(number, isStored: isStored)) }
            // Without room the records wait where they are; it comes back with an outcome, which brings the next turn.
            try source.read(max: min(core.room(for: SourcePartition(topic: 1, partition: 0)), configuration.intakePerTurn)) { record in
                metrics.recordsRead.increment()
                handle(.record(record))
            }
            continueIntake()
        } catch {
            failure = error
            loop.stop()
        }
    }

    private func handle(_ event: WorkerEvent) {
        core.handle(event, now: now, actions: &actions)
        carryOutActions()
    }

    /// Carrying out an action may bring about the next event at once, so this is the only place that empties the list.
    private func carryOutActions() {
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        var next = 0
        while next < actions.count {
            carryOut(actions[next])
            next += 1
        }
        actions.removeAll(keepingCapacity: true)
        armTimer()
        metrics.openRecords.set(Double(core.openRecords))
        continueIntake()
        if outbox.hasRefused { nextTurn?.schedule(after: .zero) }
    }

    /// Records that wait wake nobody: the next turn takes them as soon as there is room.
    private func continueIntake() {
        guard source.isWaiting, core.room(for: SourcePartition(topic: 1, partition: 0)) > 0, nextTurn?.isScheduled == false else { return }
        nextTurn?.schedule(after: .zero)
    }

    private func carryOut(_ action: WorkerAction) {
        switch action {
        case .purge(let number, let edge, let batch):
            metrics.purges.increment()
            engine.submit(id: number, edge: edge, batch: batch)
        case .bury(let number, let letter):
            metrics.deadLetters.increment()
            log.warning("dead letter", ["class": letter.deadClass.rawValue, "reason": letter.reason])
            outbox.bury(letter, number)
        case .report(let number, let report): outbox.report(report, number)
        case .commit(let offsets): source.commit(offsets.mapValues(\.offset))
        case .putOff, .reread, .alert: break
        case .drained: loop.stop()
        }
    }

    private func controlEvent(_ event: RecordSource.Event) {
        switch event {
        case .assigned(let offsets):
            handle(.assigned(offsets.map { AssignedPartition($0.key, next: $0.value) }))
            ready?()
            ready = nil
        case .revoked(let partitions): handle(.revoked(partitions))
        case .commitFailed(let partitions): handle(.commitFailed(partitions))
        }
    }

    /// Almost every event leaves the next due time as it was, and arming costs more than most decisions.
    private func armTimer() {
        guard core.nextTimer != armedFor else { return }
        armedFor = core.nextTimer
        guard let due = armedFor else {
            timer?.cancel()
            return
        }
        timer?.schedule(after: .nanoseconds(max(0, due - MonotonicTime.now().nanoseconds)))
    }

    private var now: Instant {
        Instant(monotonic: MonotonicTime.now().nanoseconds, wall: .now())
    }
}
