public import Invalidations
public import Kafka
public import Replays
internal import Views
internal import Workers

/// Planner: reads what a run would read, and decides as the run would, without publishing.
public struct RunPlanner {
    private let configuration: ReplayConfiguration

    public init(_ configuration: ReplayConfiguration) {
        self.configuration = configuration
    }

    /// The frozen ranges of bounds, with what retention has taken of them.
    ///
    /// - Throws: `KafkaError`
    public func resolve(topics: [String], _ bounds: TimeBounds) throws -> [ResolvedRange] {
        let resolver = try LogRangeResolver(configuration.kafka)
        var asked: [TopicPartition: LogBounds] = [:]
        for partition in try resolver.partitions(of: topics) where bounds.reads(partition: partition.partition) {
            asked[partition] = LogBounds(
                from: bounds.from.logBound(partition.partition, or: .beginning),
                until: bounds.until.logBound(partition.partition, or: .end))
        }
        return try resolver.resolve(asked)
    }

    /// - Parameter onProgress: told now and then how many records were read.
    /// - Throws: `RunError`, `KafkaError`, `StorageError`
    public func plan(_ order: RunOrder, onProgress: (Int64) -> Void = { _ in }) throws -> RunPlan {
        var plan = RunPlan()
        let lost = try forEach(order) { record, decision in
            plan.add(decision, deadClass: record?.deadClass, time: record?.time)
            if plan.counts.read % 10_000 == 0 { onProgress(plan.counts.read) }
        }
        plan.addLost(lost.reduce(0) { $0 + $1.end - $1.start })
        return plan
    }

    /// The dead letters that an order of redriving would take or leave, in the order of their partitions.
    ///
    /// - Parameter body: gets whether the run would redrive it, or somebody who releases it.
    public func forEachDeadLetter(_ order: RunOrder, _ body: (DeadLetterEntry, _ isOpen: Bool) -> Void) throws {
        try forEach(order) { deadLetter, decision in
            guard let deadLetter else { return }
            switch decision {
            case .publish, .quarantined: body(deadLetter, true)
            case .done, .expired: body(deadLetter, false)
            case .notMatched: break
            }
        }
    }

    /// - Returns: what was removed before it was read.
    @discardableResult
    private func forEach(
        _ order: RunOrder, _ body: (DeadLetterEntry?, RunDecision) -> Void
    ) throws -> [LogRange] {
        let topics = SourceTopics(tiers: configuration.retryTiers)
        let source = try RunSource(
            "plan", order, view: ViewReader(path: configuration.viewPath), topics: topics,
            profiles: configuration.edges)
        return try LogRangeReader.readAll(configuration.kafka, order.spec.ranges) { record in
            let (decision, deadLetter) = try source.decide(record, now: .now())
            body(deadLetter, decision)
        }
    }
}

extension TimeBound {
    fileprivate func logBound(_ partition: Int32, or all: LogBound) -> LogBound {
        switch self {
        case .all: all
        case .time(let time): .time(time.milliseconds)
        case .offsets(let offsets): offsets[partition].map { .offset($0) } ?? all
        }
    }
}
