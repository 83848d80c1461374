internal import Invalidations
internal import Kafka
internal import Runtime
internal import Storage

/// One run of the projector over one connection to Kafka and one to the view.
final class ProjectionSession {
    enum Goal {
        case stopped
        /// Everything is folded that the topic held when the session began.
        case caughtUp
    }

    private let configuration: ProjectorConfiguration
    private let stop: StopSignal
    private let wake: WakePipe
    private let log: Log
    private let metrics: ProjectorMetrics
    private let report: (String?) -> Void
    private let writer: ViewWriter
    private let source: ProgressSource
    private var batch = ProjectionBatch()
    private var ends = EndTracker()
    private var nextQuestion: MonotonicTime
    private var nextHint: MonotonicTime
    private var nextCleanup: MonotonicTime

    /// Opens the view and starts to read where it stands.
    init(
        _ configuration: ProjectorConfiguration, path: String, stop: StopSignal, wake: WakePipe, log: Log,
        metrics: ProjectorMetrics, report: @escaping (String?) -> Void
    ) throws {
        self.configuration = configuration
        self.stop = stop
        self.wake = wake
        self.log = log
        self.metrics = metrics
        self.report = report
        nextQuestion = .now()
        nextHint = .now() + Self.hintInterval
        nextCleanup = .now() + Self.cleanupInterval
        source = try ProgressSource(configuration, wake: wake, log: log, metrics: metrics)
        writer = try ViewWriter(path: path, topic: configuration.topic, options: configuration.storage)
        let folded = try writer.open(partitions: source.partitions.count)
        try source.start(at: folded, into: &batch)
        report(nil)
    }

    /// How often the group's committed offsets follow the view.
    private static let hintInterval = Duration.seconds(5)
    private static let cleanupInterval = Duration.seconds(10)
    /// How many ended requests one transaction removes at most.
    private static let cleanupMax = 2_000

    func run(until goal: Goal) throws {
        defer { source.close() }
        while stop.phase == .running {
            wake.drain()
            let count = try source.read(into: &batch, max: configuration.batchMax)
            try askForEnds()
            noteWhatIsCaughtUp()
            try write()
            if goal == .caughtUp && writer.hasCaughtUp { break }
            try keepHouse()
            if count == 0 { wake.wait(atMost: min(configuration.watermarkInterval, .seconds(1))) }
        }
        source.commitHint(writer.nextOffsets, isLast: true)
    }

    private func position(of partition: Int32) -> Int64 {
        batch.nextOffsets[partition] ?? writer.nextOffset(of: partition)
    }

    private func askForEnds() throws {
        guard MonotonicTime.now() >= nextQuestion else { return }
        nextQuestion = .now() + configuration.watermarkInterval
        for partition in source.partitions where ends.needsEnd(of: partition) {
            let askedAt = Timestamp.now()
            guard let end = source.end(of: partition) else {
                return report("Kafka does not say where \(configuration.topic) ends")
            }
            guard end >= position(of: partition) else {
                throw ViewError.topicRecreated(
                    topic: configuration.topic, partition: partition, folded: position(of: partition), end: end)
            }
            ends.note(EndTracker.End(offset: end, askedAt: askedAt), of: partition)
        }
        metrics.lag.set(Int(source.partitions.reduce(0) { $0 + ends.lag(of: $1, at: position(of: $1)) }))
        report(nil)
    }

    private func noteWhatIsCaughtUp() {
        for partition in source.partitions {
            if let time = ends.caughtUp(partition, at: position(of: partition)) {
                batch.markCaughtUp(partition, at: time)
            }
        }
    }

    /// Writes the batch, as often as it takes: while there is no room for it, nothing more is read.
    private func write() throws {
        var backoff = Backoff()
        while !batch.isEmpty {
            do {
                let start = MonotonicTime.now()
                try writer.apply(batch)
                metrics.commit.observe(MonotonicTime.now() - start)
                metrics.records.increment(by: UInt64(batch.count))
                configuration.onFolded?(batch.nextOffsets)
                batch.removeAll()
            } catch let error as StorageError where error.isPassing {
                let pause = backoff.next()
                metrics.failures.increment()
                report("the view cannot be written: \(error)")
                log.error("the view cannot be written", ["error": "\(error)", "again": "\(pause)"])
                // What was read stays in the topic for the next start.
                guard !stop.wait(for: .draining, timeout: pause) else { return }
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
        let horizon = Timestamp.now() + -Int64(configuration.retention / .milliseconds(1))
        let removed = try writer.removeExpired(before: horizon, max: Self.cleanupMax)
        metrics.removed.increment(by: UInt64(removed))
        // While there is more to remove, each turn removes some.
        nextCleanup = removed == Self.cleanupMax ? now : now + Self.cleanupInterval
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
