public import Invalidations
public import Kafka
internal import TopicCatalogue
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
        try forEach(order) { record, decision in
            plan.add(decision, deadClass: record?.deadClass, time: record?.time)
            if plan.counts.read % 10_000 == 0 { onProgress(plan.counts.read) }
        } onLost: {
            plan.addLost($0)
        }
        return plan
    }

    /// The dead letters that an order of redriving would take or leave, in the order of their partitions.
    ///
    /// - Parameter body: gets whether the run would redrive it.
    public func forEachDeadLetter(_ order: RunOrder, _ body: (DeadLetterEntry, Invalidation?, _ isOpen: Bool) -> Void)
        throws
    {
        try forEach(order) { deadLetter, decision in
            guard let deadLetter else { return }
            switch decision {
            case .publish(let replayed): body(deadLetter, replayed.invalidation, true)
            case .quarantined: body(deadLetter, nil, true)
            case .done, .expired: body(deadLetter, nil, false)
            case .notMatched: break
            }
        } onLost: { _ in
        }
    }

    private func forEach(
        _ order: RunOrder, _ body: (DeadLetterEntry?, RunDecision) -> Void, onLost: (Int64) -> Void
    ) throws {
        let topics = SourceTopics(tiers: configuration.retryTiers)
        let source = try RunSource(
            "plan", order, view: ViewReader(path: configuration.viewPath), topics: topics,
            profiles: configuration.edges)
        let ranges = order.spec.ranges.filter { !$0.isEmpty }
        guard !ranges.isEmpty else { return }
        let reader = try LogRangeReader(configuration.kafka, ranges)
        defer { reader.close(deadline: .seconds(1)) }
        var failure: (any Error)?
        while true {
            let progress = try reader.read(max: 10_000, timeout: .seconds(1)) { record in
                guard failure == nil else { return }
                do {
                    let deadLetter =
                        record.partition.topic == TopicName.dead
                        ? DeadLetterEntry(
                            record.headers, partition: record.partition.partition, offset: record.offset,
                            time: record.timestamp) : nil
                    body(deadLetter, try source.decide(record, now: .now()))
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            for lost in progress.lost { onLost(lost.end - lost.start) }
            if progress.isComplete { return }
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
