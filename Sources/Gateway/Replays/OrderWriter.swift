internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue

/// Freezes the ranges of orders, and stores orders. Both wait for Kafka.
struct OrderWriter: Sendable {
    static let timeout = Duration.seconds(10)

    /// Lines of an order that tell what retention has taken.
    private static let goneMax = 100

    let kafka: KafkaConfiguration

    /// The first order of a run.
    ///
    /// - Throws: `BodyError` for a selection that names no partition, `RunError`, `KafkaError`
    func order(_ body: RunBody, who: String) throws -> RunOrder {
        let ranges = try ranges(of: body)
        let gone = ranges.compactMap(MissingText.line)
        if body.spec.contentFrom != nil, !gone.isEmpty { throw RunError.notReachable(gone.joined(separator: "; ")) }
        var spec = body.spec
        let frozen = RunSpec(ranges.map(\.range))
        (spec.topics, spec.from, spec.until) = (frozen.topics, frozen.from, frozen.until)
        if !gone.isEmpty { spec.gone = Array(gone.prefix(Self.goneMax)) }
        var order = RunOrder(
            kind: body.kind, spec: spec, who: who, reason: body.reason, wanted: body.isExecuted ? .running : .planned,
            at: .now())
        order.expect = body.expect
        try order.validate()
        return order
    }

    func publish(_ order: RunOrder, run id: String) throws {
        try ControlLog(kafka).publish(order, run: id, timeout: Self.timeout)
    }

    private func ranges(of body: RunBody) throws -> [ResolvedRange] {
        let resolver = try LogRangeResolver(kafka)
        let topics = body.kind == .replay ? TopicName.invalidations : [TopicName.dead]
        let named = Dictionary(grouping: body.deadLetters, by: \.partition).mapValues { $0.map(\.offset) }
        var asked: [TopicPartition: LogBounds] = [:]
        for partition in try resolver.partitions(of: topics, timeout: Self.timeout) {
            guard body.bounds.reads(partition: partition.partition) else { continue }
            if !named.isEmpty {
                guard let offsets = named[partition.partition], let first = offsets.min(), let last = offsets.max()
                else { continue }
                // The whole selection lies here, unless a bound says otherwise.
                asked[partition] = LogBounds(
                    from: body.bounds.from.logBound(partition.partition) ?? .offset(first),
                    until: body.bounds.until.logBound(partition.partition) ?? .offset(last + 1))
            } else {
                asked[partition] = LogBounds(
                    from: body.bounds.from.logBound(partition.partition) ?? .beginning,
                    until: body.bounds.until.logBound(partition.partition) ?? .end)
            }
        }
        guard !asked.isEmpty else {
            throw BodyError(named.isEmpty ? "from" : "deadLetters", "must name a partition that exists")
        }
        return try resolver.resolve(asked, timeout: Self.timeout)
    }
}

extension TimeBound {
    /// Nil for as far as the log goes.
    fileprivate func logBound(_ partition: Int32) -> LogBound? {
        switch self {
        case .all: nil
        case .time(let time): .time(time.milliseconds)
        case .offsets(let offsets): offsets[partition].map { .offset($0) }
        }
    }
}
