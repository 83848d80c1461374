internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

/// Records of a run's ranges, read from Kafka, and what its order makes of each.
final class SourceRecords: RunRecords {
    private let id: String
    private let order: RunOrder
    private let epoch: UInt32
    private let name: String
    private let topics: SourceTopics
    private let source: RunSource
    private let reader: LogRangeReader
    private var search: SupersededSearch?

    /// - Parameter logs: from where each partition is read on.
    init(
        _ id: String, _ order: RunOrder, epoch: UInt32, _ source: RunSource, logs: [TopicPartition: PublishedLog],
        _ configuration: ReplayConfiguration
    ) throws {
        (self.id, self.order, self.epoch, self.source) = (id, order, epoch, source)
        name = configuration.name
        topics = SourceTopics(tiers: configuration.retryTiers)
        reader = try LogRangeReader(
            configuration.kafka,
            order.spec.ranges.map { range in
                LogRange(range.partition, from: logs[range.partition]?.next ?? range.start, to: range.end)
            })
        if order.spec.skipsSuperseded, order.kind == .replay {
            search = try SupersededSearch(order, source, configuration)
        }
    }

    var positions: [TopicPartition: Int64] { reader.positions }

    func prepare() throws -> RunReading { try source.advance(&search) }

    func read(
        max: Int, wants: (RunOrigin) -> Bool, _ body: (RunOrigin, RunDecision<RunPublication>) throws -> Void
    ) throws -> (reading: RunReading, lost: Int64) {
        let progress = try reader.readThrowing(max: max, timeout: .zero) { record in
            let origin = RunOrigin(partition: record.partition, number: record.offset)
            guard wants(origin) else { return }
            try body(origin, publication(try source.decide(record, now: .now()).decision, origin))
        }
        return (RunReading(progress), progress.lostOffsets)
    }

    private func publication(
        _ decision: RunDecision<ReplayedRecord>, _ origin: RunOrigin
    ) -> RunDecision<RunPublication> {
        switch decision {
        case .publish(let replayed): .publish(publication(replayed, origin))
        case .notMatched: .notMatched
        case .expired: .expired
        case .done: .done
        case .superseded: .superseded
        case .quarantined: .quarantined
        }
    }

    private func publication(_ replayed: ReplayedRecord, _ origin: RunOrigin) -> RunPublication {
        let (partition, offset) = (origin.partition.partition, origin.number)
        guard order.kind != .discard else {
            let mark = DiscardMark(partition: partition, offset: offset, run: id)
            return RunPublication(
                origin: origin, key: replayed.original.key, value: nil,
                headers: mark.headers.map { RecordHeader(name: $0.name, value: $0.value) }, identity: nil,
                generation: 0)
        }
        let headers = ReplayHeaders.headers(
            replaying: replayed.metadata, of: replayed.invalidation, original: replayed.original,
            from: (origin.partition.topic, partition, offset), epoch: epoch, topics: topics, runner: name)
        return RunPublication(
            origin: origin, key: replayed.original.key, value: replayed.original.value, headers: headers,
            identity: replayed.identity, generation: replayed.metadata.replay?.generation ?? 0)
    }

    func close() {
        search?.close()
        reader.close(deadline: .seconds(1))
    }
}
