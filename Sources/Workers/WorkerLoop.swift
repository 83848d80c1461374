import Edges
import Invalidations
import Kafka
import Runtime

/// The shell around the core: it turns the world into events and actions into the world.
///
/// Everything happens on one thread. A turn takes in what Kafka delivered, lets the core decide and carries the
/// decisions out; then the loop waits for Kafka, the edges, a timer or the wish to stop.
final class WorkerLoop {
    let configuration: WorkerConfiguration
    let metrics: WorkerMetrics
    let log: Log
    private var ready: (@Sendable () -> Void)?

    let loop: EventLoop
    private(set) var core: WorkerCore
    let engine: PurgeEngine
    let source: RecordSource
    let publisher: RecordPublisher
    let meter: EdgeMeter
    /// Of the consumer, but for the records of the topics, each of which has its own: to look for records in all
    /// partitions each time one comes would cost more than most of them.
    private let sourceWakes: WakePipe
    private let topicWakes: [WakePipe]
    private let publisherWakes: WakePipe

    private var actions: [WorkerAction] = []
    private var isHandling = false
    private var isTurning = false
    private var clock = LoopClock()
    private var watches: [Watch] = []
    private var timer: LoopTimer?
    /// What the timer is set to, on the monotonic clock.
    private var armedFor: Int64?
    private var nextTurn: LoopTimer?
    private var nextUnsent: LoopTimer?
    /// Nothing wakes an idle loop, and a group throws out who does not ask.
    private var keepAlive: LoopTimer?
    private var nextLook: LoopTimer?
    private var looked: Waker?
    var wait: AssignmentWait
    /// As the group was last seen.
    var group: GroupDescription?
    private var failure: (any Error)?

    private var openRecords: GaugeShare
    private var delayedRecords: GaugeShare
    private var edgesDown: GaugeShare
    var peersDiffering: GaugeShare
    var peers: PeerCheck
    /// By their place in the configuration.
    var downEdges: Set<Int> = []

    init(
        _ configuration: WorkerConfiguration, metrics: WorkerMetrics, log: Log, ready: @escaping @Sendable () -> Void
    ) throws {
        self.configuration = configuration
        self.metrics = metrics
        self.log = log
        self.ready = ready
        loop = try EventLoop()
        sourceWakes = try WakePipe()
        topicWakes = try configuration.topics.names.map { _ in try WakePipe() }
        publisherWakes = try WakePipe()
        wait = AssignmentWait(configuration)
        core = WorkerCore(
            edges: configuration.edges.map(\.profile), settings: configuration.core,
            random: SystemRandomNumberGenerator())
        engine = try PurgeEngine(loop: loop, edges: configuration.edges)
        source = try RecordSource(configuration, log: log)
        publisher = try RecordPublisher(configuration, log: log)
        meter = metrics.meter(edges: configuration.edges.map(\.name))
        openRecords = GaugeShare(metrics.openRecords)
        delayedRecords = GaugeShare(metrics.delayedRecords)
        edgesDown = GaugeShare(metrics.edgesDown)
        peersDiffering = GaugeShare(metrics.peersDiffering)
        peers = PeerCheck(configuration)
    }

    /// Until the work is stopped or cannot go on.
    func run(_ stop: StopSignal) throws {
        try wire(stop)
        try publisher.warmUp()
        try source.start { [unowned self] event in controlEvent(event) }
        loop.run()
        watches.removeAll()
        (keepAlive, nextLook, looked) = (nil, nil, nil)
        // A purge that is broken off counts for nothing, least of all as a last attempt: its record is read again.
        engine.onOutcome = nil
        engine.onChecked = nil
        engine.cancelAll()
        source.close()
        publisher.close()
        openRecords.set(0)
        delayedRecords.set(0)
        edgesDown.set(0)
        peersDiffering.set(0)
        if let failure { throw failure }
    }

    private func wire(_ stop: StopSignal) throws {
        engine.onOutcome = { [unowned self] number, outcome, rest in
            meter.ended(number, outcome)
            handle(.purged(number, outcome, rest: rest))
        }
        engine.onChecked = { [unowned self] edge, check in handle(.checked(edge: edge, check)) }
        source.wake(on: sourceWakes.writeDescriptor, topics: topicWakes.map(\.writeDescriptor))
        source.onCommitted = { [publisher, metrics] source, offset in
            metrics.commits.increment()
            publisher.committed(source, offset)
        }
        publisher.wake(on: publisherWakes.writeDescriptor)
        try watch(publisherWakes) {}
        try watch(sourceWakes) { [source] in source.woken() }
        for (topic, wakes) in topicWakes.enumerated() { try watch(wakes) { [source] in source.woken(topic: topic) } }
        timer = try loop.timer { [unowned self] in
            armedFor = nil
            handle(.timer)
            turn()
        }
        nextTurn = try loop.timer { [unowned self] in turn() }
        nextUnsent = try loop.timer { [unowned self] in
            publisher.sendUnsent { number, isStored in handle(.delivered(number, isStored: isStored)) }
            settleDown()
        }
        try wireHousekeeping()
        let stopper = try loop.makeWaker { [unowned self] in phaseChanged(stop.phase) }
        stop.onChange { _ in stopper.wake() }
        nextTurn?.schedule(after: .zero)
    }

    /// What is done at intervals, whether or not anything comes.
    private func wireHousekeeping() throws {
        source.onLogGoneBack = { [metrics] in metrics.logsGoneBack.increment() }
        let beat = max(.milliseconds(100), min(.seconds(2), configuration.pollIntervalMax / 4))
        keepAlive = try loop.timer { [unowned self] in
            turn()
            sayWhatIsWaitedFor()
            keepAlive?.schedule(after: beat)
        }
        keepAlive?.schedule(after: beat)
        guard configuration.intake == .group else { return }
        let waker = try loop.makeWaker { [unowned self] in takeFindings() }
        looked = waker
        nextLook = try loop.timer { [unowned self] in
            source.look { waker.wake() }
            // While partitions are waited for, people want to know why.
            nextLook?.schedule(after: min(configuration.watchInterval, wait.isOver ? .seconds(3_600) : .seconds(2)))
        }
        nextLook?.schedule(after: min(configuration.watchInterval, .seconds(1)))
    }

    private func takeFindings() {
        guard let findings = source.takeFindings() else { return }
        if let description = findings.group {
            group = description
            compareWithPeers(description)
        }
        if let counts = findings.partitionCounts { publisher.learn(partitions: counts) }
        turn()
    }

    /// Each wake leads to a turn.
    private func watch(_ wakes: WakePipe, _ body: @escaping () -> Void) throws {
        let watch = try loop.watch(wakes.readDescriptor, .read) { [unowned self] _ in
            wakes.drain()
            body()
            turn()
        }
        watches.append(watch)
    }

    private func phaseChanged(_ phase: StopSignal.Phase) {
        switch phase {
        case .running: break
        case .draining:
            log.info("draining", ["open": "\(core.openRecords)"])
            source.isLeaving = true
            publisher.isPaced = false
            handle(.drain)
        case .stopping:
            log.warning(
                "stopping at once; what is open is read again by the next worker", ["open": "\(core.openRecords)"])
            loop.stop()
        }
    }

    /// Takes in what came, as much as the core has room for.
    private func turn() {
        isTurning = true
        do {
            clock.refresh()
            try source.pollControl { event in controlEvent(event) }
            try publisher.turn { number, isStored in handle(.delivered(number, isStored: isStored)) }
            try source.read(configuration.recordsPerTurn, capacity: { core.capacity(for: $0) }) { record in
                count(record)
                handle(.record(record))
            }
        } catch {
            failure = error
            loop.stop()
        }
        isTurning = false
        settleDown()
    }

    private func handle(_ event: WorkerEvent) {
        core.handle(event, now: isTurning ? clock.recent() : clock.now(), actions: &actions)
        carryOutActions()
        if !isTurning { settleDown() }
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
    }

    /// Before the loop waits again: what would not wake it by itself is seen to.
    private func settleDown() {
        guard !isHandling else { return }
        armTimer()
        openRecords.set(core.openRecords)
        delayedRecords.set(core.delayedRecords)
        edgesDown.set(downEdges.count)
        if publisher.hasUnsent, nextUnsent?.isScheduled == false {
            nextUnsent?.schedule(after: RecordPublisher.unsentInterval)
        }
        guard nextTurn?.isScheduled == false else { return }
        if publisher.hasRefused || source.isWaiting || source.hasCapacityAgain({ core.capacity(for: $0) }) {
            nextTurn?.schedule(after: .zero)
        }
    }

    private func controlEvent(_ event: RecordSource.Event) {
        switch event {
        case .assigned(let partitions):
            metrics.assignments.increment()
            wait.end()
            handle(.assigned(partitions))
            ready?()
            ready = nil
        case .revoked(let partitions):
            handle(.revoked(partitions))
            wait.begin()
            peers.heldBack = []
            // What was known of the group is past.
            group = nil
            nextLook?.schedule(after: .seconds(1))
            publisher.refuse(partitions: Set(partitions.map(\.partition)))
        case .commitFailed(let partitions): handle(.commitFailed(partitions))
        case .joined(let description):
            group = description
            compareWithPeers(description)
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
}
