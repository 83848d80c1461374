internal import Invalidations
internal import Kafka
internal import Replays
internal import Runtime
internal import TopicCatalogue
internal import Views
internal import Workers

/// Run under way: reads its ranges, decides about each record, and publishes on the replay topic.
///
/// It belongs to the runner's thread. After an error it is of no use: the runner takes the run over anew.
final class ActiveRun {
    /// Records whose deliveries are taken at a time.
    private static let deliveriesMax = 10_000
    private static let lookInterval = Duration.milliseconds(100)
    private static let judgeInterval = Duration.seconds(1)

    let id: String
    private(set) var order: RunOrder
    private(set) var state: RunState
    private let producer: KafkaProducer
    private let committed: KafkaConsumer
    private let view: ViewReader
    private let input: any RunInput
    /// The topic that is written.
    private let topic: String
    private var pace: RunPace
    private var sample = OutcomeSample()
    /// By token, what each record stands for that is not acknowledged.
    private var unacknowledged: [UInt64: RunOrigin] = [:]
    private var nextToken: UInt64 = 0
    /// By partition of the topic that is written, the offset behind the run's last record.
    private var ends: [Int32: Int64] = [:]
    private var nextLook = MonotonicTime.now()
    private var nextJudgement = MonotonicTime.now()
    private var isPrepared = false
    private var hasRead = false

    /// - Parameter earlier: the state that was stored last; nil where the run was not even planned.
    init(
        _ id: String, _ order: RunOrder, earlier: RunState?, _ configuration: ReplayConfiguration
    ) throws {
        self.id = id
        self.order = order
        topic = RunTakeover.target(of: order)
        view = ViewReader(configuration.view)
        let source = try RunSource(
            id, order, view: view, topics: SourceTopics(tiers: configuration.retryTiers),
            profiles: configuration.edges)
        // A run that is planned has published nothing.
        let begun = earlier.flatMap { $0.position.isEmpty ? nil : $0 }
        let epoch = (earlier?.epoch ?? 0) &+ 1
        input =
            order.spec.coalesce ?? false
            ? try PackInput(id, order, earlier: begun, epoch: epoch, source, configuration)
            : try RecordInput(id, order, earlier: begun, epoch: epoch, source, configuration)
        producer = try KafkaProducer(configuration.kafka, ProducerTuning())
        try producer.warmUp(topics: [topic], timeout: .seconds(10))
        committed = try KafkaConsumer(configuration.kafka, ConsumerTuning(group: configuration.workerGroup))
        pace = RunPace(
            rate: order.spec.rate, window: order.spec.windowInForce,
            looksFirst: begun == nil && order.kind != .discard)
        var counts = begun?.counts ?? RunState.Counts()
        if order.spec.coalesce ?? false {
            // The union is made anew.
            counts = RunState.Counts()
            counts.published = begun?.counts.published ?? 0
        }
        // Published since the last state was stored.
        counts.published += input.knownCount
        state = RunState(epoch: epoch, phase: .running, position: [:], counts: counts, at: .now())
        state.order = order.version
        state.plan = earlier?.plan?.summary
        // What earlier owners have published must be worked off, too.
        if begun != nil { ends = input.ends }
        checkpoint()
    }

    func close() {
        input.close()
        committed.close(deadline: .seconds(1))
        producer.flush(timeout: .seconds(1))
    }

    /// Follows a later order of the same run.
    func follow(_ order: RunOrder) {
        guard order.version > self.order.version else { return }
        pace.setRate(order.spec.rate)
        self.order = order
        state.order = order.version
        switch order.wanted {
        case .cancelled: state.phase = .cancelled
        case .paused where !state.phase.isOver: (state.phase, state.reason) = (.paused, nil)
        case .running where state.phase == .paused:
            (state.phase, state.reason) = (hasRead ? .published : .running, nil)
            // Somebody has looked.
            pace.passFirstLook()
        case .paused, .running, .planned: break
        }
    }

    /// - Returns: whether there is more to do at once.
    func step() throws -> Bool {
        try takeDeliveries()
        try look()
        guard state.phase == .running else { return false }
        try judge()
        guard state.phase == .running else { return false }
        let allowance = pace.allowance(now: MonotonicTime.now().nanoseconds)
        guard allowance > 0 else { return false }
        return try read(max: allowance)
    }

    // MARK: - Reading and publishing

    private func read(max: Int) throws -> Bool {
        guard isPrepared else {
            var counts = state.counts
            let reading = try input.prepare(&counts)
            state.counts = counts
            isPrepared = reading.isComplete
            state.reason = reading.obstacle
            return isPrepared || reading.isBusy
        }
        // A copy: while it reads, this run publishes.
        var counts = state.counts
        defer { state.counts = counts }
        let reading = try input.read(max: max, &counts, publish)
        state.reason = reading.obstacle
        guard reading.isComplete else { return reading.isBusy }
        hasRead = true
        if unacknowledged.isEmpty { state.phase = .published }
        return false
    }

    private func publish(_ record: Publication) throws {
        nextToken += 1
        try producer.send(
            topic: topic, partition: record.origin.partition.partition, key: record.key, value: record.value,
            headers: record.headers, token: nextToken)
        unacknowledged[nextToken] = record.origin
        pace.publish(now: MonotonicTime.now().nanoseconds)
        sample.add(record.identity, generation: record.generation)
    }

    private func takeDeliveries() throws {
        if let error = producer.fatalError { throw error }
        var failure: KafkaError?
        producer.drainDeliveries(max: Self.deliveriesMax, timeout: .zero) { delivery in
            guard let origin = unacknowledged.removeValue(forKey: delivery.token) else { return }
            switch delivery.result {
            case .stored(let target, let position):
                input.store(origin, at: position)
                pace.store(partition: target, offset: position)
                // Nobody works marks off.
                if order.kind == .discard { pace.commit(partition: target, offset: position + 1) }
                ends[target] = Swift.max(ends[target] ?? 0, position + 1)
            case .failed(let error): failure = error
            }
        }
        // What was stored of those behind it is found on the replay topic.
        if let failure { throw failure }
        if hasRead, state.phase == .running, unacknowledged.isEmpty { state.phase = .published }
    }

    // MARK: - Looking

    /// Looks at what workers have finished.
    private func look() throws {
        guard !ends.isEmpty || state.phase == .published, MonotonicTime.now() >= nextLook else { return }
        nextLook = MonotonicTime.now() + Self.lookInterval
        let partitions = order.kind == .discard ? [] : ends.keys.map { TopicPartition(topic, $0) }
        var isWorkedOff = true
        if !partitions.isEmpty {
            for commit in try committed.committed(partitions, timeout: .seconds(5)) {
                let offset = commit.offset ?? 0
                pace.commit(partition: commit.partition.partition, offset: offset)
                if offset < ends[commit.partition.partition] ?? 0 { isWorkedOff = false }
            }
        }
        if state.phase == .published, isWorkedOff { state.phase = state.counts.lost > 0 ? .incomplete : .done }
    }

    private func judge() throws {
        guard MonotonicTime.now() >= nextJudgement else { return }
        nextJudgement = MonotonicTime.now() + Self.judgeInterval
        switch try sample.judge(by: view, isWhole: pace.isWaitingForFirstLook) {
        case .open: break
        case .good: pace.passFirstLook()
        case .bad(let failed, let of):
            state.phase = .paused
            state.reason = "\(failed) of the last \(of) requests failed or were deferred: mend the edges, then resume"
        }
    }

    /// The state as another owner can go on from it: what Kafka has not acknowledged is not published.
    @discardableResult
    func checkpoint() -> RunState {
        state.position = input.checkpoint()
        state.at = TimeText(.now())
        var stored = state
        stored.counts.published -= Int64(unacknowledged.count)
        return stored
    }
}
