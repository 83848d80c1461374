import Edges
package import Invalidations
import Kafka
package import Runtime

/// Worker loop: turns what consumer, producers and edges say into events of the core, and its actions into calls.
///
/// Everything happens on one thread. A turn reads what came, lets the core decide and carries the decisions out; then
/// the host waits for the log, the edges, a timer or the wish to stop. What stands behind the ports the loop does not
/// know: `WorkerHost` runs it on Kafka, HTTP and libevent, the simulator in a world of its own.
package final class WorkerLoop {
    let configuration: WorkerConfiguration
    let metrics: WorkerMetrics
    let log: Log
    private var ready: (() -> Void)?

    let edges: [EdgeProfile]
    let host: any LoopHost
    /// Sees what passes; nil where nobody looks.
    package var observer: (any LoopObserver)?
    package private(set) var core: WorkerCore
    let calls: any PurgeCalls
    let source: RecordSource
    let publisher: RecordPublisher
    let meter: EdgeMeter

    private var actions: [WorkerAction] = []
    private var isHandling = false
    private var isTurning = false
    private var clock: LoopClock
    private var timer: (any HostTimer)?
    /// What the timer is set to, on the monotonic clock.
    private var armedFor: Int64?
    private var nextTurn: (any HostTimer)?
    private var nextUnsent: (any HostTimer)?
    /// Nothing wakes an idle loop, and a group throws out who does not ask.
    private var keepAlive: (any HostTimer)?
    private var nextLook: (any HostTimer)?
    var wait: AssignmentWait
    /// As the group was last seen.
    var group: GroupDescription?
    private var failure: (any Error)?

    private var openRecords: GaugeShare
    private var delayedRecords: GaugeShare
    private var edgesDown: GaugeShare
    var peersDiffering: GaugeShare
    var peers: PeerCheck

    /// What stands around a loop.
    package struct Ports {
        package var host: any LoopHost
        package var consumer: any RecordConsumer
        package var observer: (any ClusterObserver)?
        package var retryProducer: any RecordProducer
        package var progressProducer: any RecordProducer
        package var calls: any PurgeCalls
        package var random: any RandomNumberGenerator

        package init(
            host: any LoopHost, consumer: any RecordConsumer, observer: (any ClusterObserver)?,
            retryProducer: any RecordProducer, progressProducer: any RecordProducer, calls: any PurgeCalls,
            random: any RandomNumberGenerator
        ) {
            self.host = host
            self.consumer = consumer
            self.observer = observer
            self.retryProducer = retryProducer
            self.progressProducer = progressProducer
            self.calls = calls
            self.random = random
        }
    }

    /// - Parameters:
    ///   - edges: as the core is to know them; actions name them by their index.
    ///   - ready: called once, when the first partitions are there.
    package init(
        _ configuration: WorkerConfiguration, edges: [EdgeProfile], _ ports: Ports, metrics: WorkerMetrics, log: Log,
        ready: @escaping () -> Void
    ) {
        self.edges = edges
        self.configuration = configuration
        self.metrics = metrics
        self.log = log
        self.ready = ready
        host = ports.host
        clock = LoopClock(host.instant)
        wait = AssignmentWait(configuration, now: MonotonicTime(nanoseconds: host.instant().monotonic))
        core = WorkerCore(edges: edges, settings: configuration.core, random: ports.random)
        calls = ports.calls
        source = RecordSource(configuration, consumer: ports.consumer, observer: ports.observer, log: log)
        publisher = RecordPublisher(
            configuration, retryProducer: ports.retryProducer, progressProducer: ports.progressProducer, log: log)
        meter = metrics.meter(edges: edges, accounts: configuration.core.accounts)
        openRecords = GaugeShare(metrics.openRecords)
        delayedRecords = GaugeShare(metrics.delayedRecords)
        edgesDown = GaugeShare(metrics.edgesDown)
        peersDiffering = GaugeShare(metrics.peersDiffering)
        peers = PeerCheck(edges)
    }

    /// Begins the work; from now on the host calls.
    package func begin() throws {
        try wire()
        try publisher.warmUp()
        try source.startReading { [unowned self] event in controlEvent(event) }
    }

    /// Ends the work, once the host was stopped.
    ///
    /// - Throws: why it was stopped, if something went wrong.
    package func end() throws {
        (timer, nextTurn, nextUnsent, keepAlive, nextLook) = (nil, nil, nil, nil, nil)
        // A purge that is broken off counts for nothing, least of all as a last attempt: its record is read again.
        calls.onOutcome = nil
        calls.onChecked = nil
        calls.cancelAll()
        source.close()
        publisher.close()
        openRecords.set(0)
        delayedRecords.set(0)
        edgesDown.set(0)
        peersDiffering.set(0)
        meter.forgetWaiting()
        if let failure { throw failure }
    }

    private func wire() throws {
        calls.onOutcome = { [unowned self] number, outcome, rest in
            meter.ended(number, outcome)
            handle(.purged(number, outcome, rest: rest))
        }
        calls.onChecked = { [unowned self] edge, check in handle(.checked(edge: edge, check)) }
        source.onCommitted = { [publisher, metrics] source, offset in
            metrics.commits.increment()
            publisher.committed(source, offset)
        }
        timer = try host.makeTimer { [unowned self] in
            armedFor = nil
            handle(.timer)
            runTurn()
        }
        nextTurn = try host.makeTimer { [unowned self] in runTurn() }
        nextUnsent = try host.makeTimer { [unowned self] in
            publisher.sendUnsent { number, isStored in handle(.delivered(number, isStored: isStored)) }
            settleDown()
        }
        try wireHousekeeping()
        nextTurn?.schedule(after: .zero)
    }

    /// What is done at intervals, whether or not anything comes.
    private func wireHousekeeping() throws {
        source.onLogGoneBack = { [metrics] in metrics.logsGoneBack.increment() }
        let beat = max(.milliseconds(100), min(.seconds(2), configuration.pollIntervalMax / 4))
        keepAlive = try host.makeTimer { [unowned self] in
            runTurn()
            sayWhatIsWaitedFor()
            meter.show(core.edgeFigures())
            keepAlive?.schedule(after: beat)
        }
        keepAlive?.schedule(after: beat)
        guard configuration.partitionSource == .group else { return }
        let wake = try host.makeWake { [unowned self] in takeFindings() }
        nextLook = try host.makeTimer { [unowned self] in
            source.look(wake: wake)
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
        if let counts = findings.partitionCounts { publisher.updatePartitionCounts(counts) }
        runTurn()
    }

    /// Records may have come: of one topic, or of any.
    package func recordsCame(topic: Int? = nil) {
        source.woken(topic: topic)
        runTurn()
    }

    /// Some records that were sent are stored, or will not be.
    package func deliveriesCame() { runTurn() }

    var monotonicNow: MonotonicTime { MonotonicTime(nanoseconds: host.instant().monotonic) }

    package func phaseChanged(_ phase: StopSignal.Phase) {
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
            host.stop()
        }
    }

    /// Takes in what came, as much as the core has capacity for.
    private func runTurn() {
        isTurning = true
        do {
            clock.refresh()
            try source.pollControl { event in controlEvent(event) }
            try publisher.takeDeliveries { number, isStored in handle(.delivered(number, isStored: isStored)) }
            try source.read(configuration.recordsPerTurn, capacity: { core.capacity(for: $0) }) { record in
                count(record)
                handle(.record(record))
            }
        } catch {
            failure = error
            host.stop()
        }
        isTurning = false
        settleDown()
    }

    private func handle(_ event: WorkerEvent) {
        observer?.willHandle(event)
        let before = actions.count
        core.handle(event, now: isTurning ? clock.recent() : clock.now(), actions: &actions)
        observer?.hasHandled(event, actions: actions.count - before)
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
            observer?.willCarryOut(actions[next])
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
        edgesDown.set(meter.openBreakers.count)
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
            wait.begin(now: monotonicNow)
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
        timer?.schedule(after: .nanoseconds(max(0, due - host.instant().monotonic)))
    }
}
