internal import Basics
internal import Invalidations
internal import Kafka
internal import Runtime
internal import Storage

/// One run of the projector over one connection to Kafka and one to the view.
final class ProjectionSession {
    enum Goal {
        case stopped
        /// Everything is folded that the topics held when the session began.
        case caughtUp
    }

    private let configuration: ProjectorConfiguration
    private let stop: StopSignal
    private let wake: WakePipe
    private let log: Log
    private let metrics: ProjectorMetrics
    private let health: ProjectorHealth
    private let writer: ViewWriter
    private let source: ProjectionSource
    private let brokers: BrokerWatch
    private var batch = ProjectionBatch()
    private var ends = EndTracker()
    /// The view's positions when the question was asked that has no answer yet: no end may lie below them.
    private var positionsAsked: [TopicPartition: Int64]?
    private var nextQuestion: MonotonicTime
    private var nextHint: MonotonicTime
    private var nextCleanup: MonotonicTime
    /// The first dead letters that their topic still has, by partition, until all before them are removed.
    private var deadBeginnings: [Int32: Int64]?

    /// Opens the view and starts to read where it stands.
    init(
        _ configuration: ProjectorConfiguration, view: ViewLocation, stop: StopSignal, wake: WakePipe, log: Log,
        metrics: ProjectorMetrics, health: ProjectorHealth
    ) throws {
        self.configuration = configuration
        self.stop = stop
        self.wake = wake
        self.log = log
        self.metrics = metrics
        self.health = health
        nextQuestion = .now()
        nextHint = .now() + Self.hintInterval
        nextCleanup = .now() + Self.cleanupInterval
        source = try ProjectionSource(configuration, wake: wake, log: log, metrics: metrics)
        writer = try ViewWriter(view, options: configuration.storage)
        let folded = try writer.open(source.partitionCounts)
        try source.startReading(at: folded, into: &batch)
        brokers = try BrokerWatch(
            configuration, partitions: source.partitions, wake: wake, log: log, metrics: metrics)
        health.report(nil)
    }

    /// How often the group's committed offsets follow the view.
    private static let hintInterval = Duration.seconds(5)
    private static let cleanupInterval = Duration.seconds(10)
    /// How many ended requests one transaction removes at most.
    private static let cleanupMax = 2_000
    private static let silenceMax = Duration.seconds(2)

    func run(until goal: Goal) throws {
        defer {
            brokers.close()
            source.close()
        }
        while stop.phase == .running {
            wake.drain()
            let count = try source.read(
                into: &batch, max: configuration.batchMax, edgesMax: configuration.batchEdgesMax)
            try takeAnswers()
            askBrokers()
            recordCaughtUp()
            try write()
            if goal == .caughtUp && writer.hasCaughtUp { break }
            try keepHouse()
            if count == 0 { wake.waitForWake(atMost: min(configuration.watermarkInterval, .seconds(1))) }
        }
        source.commitHint(writer.nextOffsets, isLast: true)
    }

    private func position(of partition: TopicPartition) -> Int64 {
        batch.nextOffsets[partition] ?? writer.nextOffset(of: partition)
    }

    /// One question at a time; the next one is due a while after the last was asked.
    private func askBrokers() {
        guard MonotonicTime.now() >= nextQuestion else { return }
        if positionsAsked != nil {
            // The library may take longer for an answer than it was told.
            guard MonotonicTime.now() >= nextQuestion + Self.silenceMax else { return }
            return health.report(silence("no answer within \(Self.silenceMax)"))
        }
        nextQuestion = .now() + configuration.watermarkInterval
        positionsAsked = Dictionary(uniqueKeysWithValues: source.partitions.map { ($0, position(of: $0)) })
        brokers.ask()
    }

    private func takeAnswers() throws {
        let news = brokers.takeAnswers()
        deadBeginnings = news.deadBeginnings ?? deadBeginnings
        guard let answer = news.answer else { return }
        let positions = positionsAsked ?? [:]
        positionsAsked = nil
        switch answer {
        case .silence(let reason):
            log.warning("the ends of the topics are unknown", ["error": reason])
            health.report(silence(reason))
        case .ends(let ends, let askedAt):
            for (partition, end) in ends {
                let position = positions[partition] ?? 0
                guard end >= position else { throw ViewError.recreated(partition, folded: position, end: end) }
                self.ends.record(EndTracker.End(offset: end, askedAt: askedAt), of: partition)
            }
            metrics.lag.set(
                Int(source.partitions.reduce(0) { $0 + self.ends.lag(of: $1, at: position(of: $1)) }))
            health.report(nil)
        }
    }

    private func silence(_ reason: String) -> String {
        "Kafka does not say where the topics end: \(reason)"
    }

    private func recordCaughtUp() {
        for partition in source.partitions {
            if let time = ends.caughtUp(partition, at: position(of: partition)) {
                batch.markCaughtUp(partition, at: time)
            }
        }
        guard let asOf = writer.caughtUp(with: batch) else { return }
        health.caughtUp(at: asOf)
        metrics.folded(upTo: asOf)
    }

    /// Writes the batch, as often as it takes: while there is no space for it, nothing more is read.
    private func write() throws {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        while !batch.isEmpty {
            do {
                let start = MonotonicTime.now()
                try writer.apply(batch)
                metrics.commit.observe(MonotonicTime.now() - start)
                metrics.records.increment(by: UInt64(batch.count))
                metrics.shared(writer.sharedIDs)
                configuration.onFolded?(batch.nextOffsets)
                batch.removeAll()
            } catch let error as StorageError where error.isPassing && writer.isUsable {
                let pause = backoff.next()
                metrics.failures.increment()
                health.report("the view cannot be written: \(error)")
                log.error("the view cannot be written", ["error": "\(error)", "again": "\(pause)"])
                // The log may hold the space that the file needs.
                if case .full = error { try? writer.checkpoint() }
                // What was read stays in the topic for the next start.
                guard !stop.waitForPhase(.draining, timeout: pause) else { return }
            }
        }
    }

    private func keepHouse() throws {
        let now = MonotonicTime.now()
        if now >= nextHint {
            nextHint = now + Self.hintInterval
            source.commitHint(writer.nextOffsets)
        }
        guard now >= nextCleanup else { return }
        let (expired, dead) = (try removeExpired(at: .now()), try removeDeadLetters())
        metrics.removed.increment(by: UInt64(expired + dead))
        // While there is more to remove, each turn removes some.
        nextCleanup = max(expired, dead) >= Self.cleanupMax ? now : now + Self.cleanupInterval
    }

    private func removeExpired(at time: Timestamp) throws -> Int {
        try writer.removeExpired(before: configuration.retention.horizons(at: time), max: Self.cleanupMax)
    }

    private func removeDeadLetters() throws -> Int {
        guard let deadBeginnings else { return 0 }
        let removed = try writer.removeDeadLetters(below: deadBeginnings, max: Self.cleanupMax)
        if removed < Self.cleanupMax { self.deadBeginnings = nil }
        return removed
    }
}

extension StorageError {
    /// Trying again may help without anybody changing the program or its view.
    var isPassing: Bool {
        switch self {
        case .busy, .full, .inputOutput: true
        case .corrupt, .readOnly, .cannotOpen, .constraint, .newerSchema, .locked, .other: false
        }
    }
}
