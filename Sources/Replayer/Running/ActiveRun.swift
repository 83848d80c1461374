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
    private let configuration: ReplayConfiguration
    private let topics: SourceTopics
    private let source: RunSource
    private let producer: KafkaProducer
    private let committed: KafkaConsumer
    private let view: ViewReader
    private let reader: LogRangeReader
    private var logs: [TopicPartition: PublishedLog]
    private var pace: RunPace
    private var sample = OutcomeSample()
    /// By token, the record that was read for each that is not acknowledged.
    private var unacknowledged: [UInt64: (partition: TopicPartition, offset: Int64)] = [:]
    private var nextToken: UInt64 = 0
    /// By partition of the replay topic, the offset behind the run's last record.
    private var ends: [Int32: Int64] = [:]
    private var nextLook = MonotonicTime.now()
    private var nextJudgement = MonotonicTime.now()
    private var hasRead = false

    /// - Parameter earlier: the state that the last owner stored; nil for a run that was never begun.
    init(
        _ id: String, _ order: RunOrder, earlier: RunState?, _ configuration: ReplayConfiguration
    ) throws {
        self.id = id
        self.order = order
        self.configuration = configuration
        topics = SourceTopics(tiers: configuration.retryTiers)
        view = ViewReader(path: configuration.viewPath)
        source = try RunSource(id, order, view: view, topics: topics, profiles: configuration.edges)
        let logs = try RunTakeover.find(id, order, earlier, configuration)
        let ranges = order.spec.ranges.map { range in
            LogRange(range.partition, from: logs[range.partition]?.next ?? range.start, to: range.end)
        }
        self.logs = logs
        reader = try LogRangeReader(configuration.kafka, ranges)
        producer = try KafkaProducer(configuration.kafka, ProducerTuning())
        try producer.warmUp(topics: [TopicName.replays], timeout: .seconds(10))
        committed = try KafkaConsumer(configuration.kafka, ConsumerTuning(group: configuration.workerGroup))
        pace = RunPace(
            rate: order.spec.rate, window: order.spec.window ?? RunSpec.windowDefault, looksFirst: earlier == nil)
        var counts = earlier?.counts ?? RunState.Counts()
        // Published since the last state was stored.
        counts.published += logs.values.reduce(0) { $0 + Int64($1.knownCount) }
        state = RunState(
            epoch: (earlier?.epoch ?? 0) &+ 1, phase: .running, position: [:], counts: counts, at: .now())
        state.order = order.version
        if earlier != nil { waitForEarlierRecords() }
        checkpoint()
    }

    /// What earlier owners have published must be worked off, too.
    private func waitForEarlierRecords() {
        for (source, log) in logs {
            ends[source.partition] = Swift.max(ends[source.partition] ?? 0, log.end)
        }
    }

    func close() {
        reader.close(deadline: .seconds(1))
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
        let progress = try reader.readThrowing(max: max, timeout: .zero, handle)
        state.counts.lost += progress.lost.reduce(0) { $0 + $1.end - $1.start }
        if let most = order.spec.max, state.counts.published >= most { return endReading() }
        return progress.isComplete ? endReading() : progress.records > 0
    }

    private func endReading() -> Bool {
        hasRead = true
        if unacknowledged.isEmpty { state.phase = .published }
        return false
    }

    private func handle(_ record: borrowing KafkaRecord) throws {
        guard logs[record.partition]?.isKnown(record.offset) == false else { return }
        if let most = order.spec.max, state.counts.published >= most { return }
        let decision = try source.decide(record, now: .now()).decision
        state.counts.add(decision)
        if case .publish(let replayed) = decision { try publish(replayed, from: record.partition, record.offset) }
    }

    private func publish(_ replayed: ReplayedRecord, from partition: TopicPartition, _ offset: Int64) throws {
        guard order.kind != .discard else { return }
        let headers = ReplayHeaders.headers(
            replaying: replayed.metadata, of: replayed.invalidation, original: replayed.original,
            from: (partition.topic, partition.partition, offset), epoch: state.epoch, topics: topics,
            runner: configuration.name)
        nextToken += 1
        try producer.send(
            topic: TopicName.replays, partition: partition.partition, key: replayed.original.key,
            value: replayed.original.value, headers: headers.map { KafkaHeader($0.name, $0.value) }, token: nextToken)
        unacknowledged[nextToken] = (partition, offset)
        logs[partition]?.publish(offset)
        pace.publish(now: MonotonicTime.now().nanoseconds)
        state.counts.published += 1
        sample.add(replayed.identity, generation: replayed.metadata.replay?.generation ?? 0)
    }

    private func takeDeliveries() throws {
        if let error = producer.fatalError { throw error }
        var failure: KafkaError?
        producer.drainDeliveries(max: Self.deliveriesMax, timeout: .zero) { delivery in
            guard let (partition, offset) = unacknowledged.removeValue(forKey: delivery.token) else { return }
            switch delivery.result {
            case .stored(let target, let position):
                logs[partition]?.store(offset, at: position)
                pace.store(partition: target, offset: position)
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
        let partitions = ends.keys.map { TopicPartition(TopicName.replays, $0) }
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
        let positions = reader.positions
        for partition in logs.keys {
            guard let position = positions[partition], var log = logs[partition] else { continue }
            let point = log.checkpoint(position: position)
            logs[partition] = log
            state.position[RunSpec.name(of: partition)] = RunState.Position(next: point.next, target: point.target)
        }
        state.at = TimeText(.now())
        var stored = state
        stored.counts.published -= Int64(unacknowledged.count)
        return stored
    }
}
