internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

/// Records as input of a run: each that is taken is published once more, or marked as discarded.
final class RecordInput: RunInput {
    private let id: String
    private let order: RunOrder
    private let epoch: UInt32
    private let configuration: ReplayConfiguration
    private let topics: SourceTopics
    private let source: RunSource
    private let reader: LogRangeReader
    private var preparation: SupersededSearch?
    private var logs: [TopicPartition: PublishedLog]
    let knownCount: Int64

    /// - Parameter earlier: the state that the last owner stored; nil for a run that was never begun.
    init(
        _ id: String, _ order: RunOrder, earlier: RunState?, epoch: UInt32, _ source: RunSource,
        _ configuration: ReplayConfiguration
    ) throws {
        (self.id, self.order, self.epoch, self.source) = (id, order, epoch, source)
        self.configuration = configuration
        topics = SourceTopics(tiers: configuration.retryTiers)
        let logs = try RunTakeover.find(id, order, earlier, configuration)
        reader = try LogRangeReader(
            configuration.kafka,
            order.spec.ranges.map { range in
                LogRange(range.partition, from: logs[range.partition]?.next ?? range.start, to: range.end)
            })
        knownCount = logs.values.reduce(0) { $0 + Int64($1.knownCount) }
        self.logs = logs
        if order.spec.skipsSuperseded, order.kind == .replay {
            preparation = try SupersededSearch(order, source, configuration)
        }
    }

    var ends: [Int32: Int64] {
        Dictionary(logs.map { ($0.key.partition, $0.value.end) }) { Swift.max($0, $1) }
    }

    func prepare(_ counts: inout RunState.Counts) throws -> RunReading {
        guard let search = preparation else { return RunReading(isComplete: true) }
        let reading = try search.step()
        if reading.isComplete {
            source.superseded = search.rule
            search.close()
            preparation = nil
        }
        return reading
    }

    func read(
        max: Int, _ counts: inout RunState.Counts, _ publish: (Publication) throws -> Void
    ) throws -> RunReading {
        let most = order.spec.max ?? .max
        let progress = try reader.readThrowing(max: max, timeout: .zero) { record in
            guard logs[record.partition]?.isKnown(record.offset) == false, counts.published < most else { return }
            let decision = try source.decide(record, now: .now()).decision
            counts.add(decision)
            guard case .publish(let replayed) = decision else { return }
            try publish(publication(replayed, RunOrigin(partition: record.partition, number: record.offset)))
            logs[record.partition]?.publish(record.offset)
            counts.published += 1
        }
        counts.lost += progress.lostOffsets
        var reading = RunReading(progress)
        if counts.published >= most { reading.isComplete = true }
        return reading
    }

    private func publication(_ replayed: ReplayedRecord, _ origin: RunOrigin) -> Publication {
        let (partition, offset) = (origin.partition.partition, origin.number)
        guard order.kind != .discard else {
            let mark = DiscardMark(partition: partition, offset: offset, run: id)
            return Publication(
                origin: origin, key: replayed.original.key, value: nil, headers: mark.headers, identity: nil,
                generation: 0)
        }
        let headers = ReplayHeaders.headers(
            replaying: replayed.metadata, of: replayed.invalidation, original: replayed.original,
            from: (origin.partition.topic, partition, offset), epoch: epoch, topics: topics,
            runner: configuration.name)
        return Publication(
            origin: origin, key: replayed.original.key, value: replayed.original.value,
            headers: headers.map { KafkaHeader($0.name, $0.value) }, identity: replayed.identity,
            generation: replayed.metadata.replay?.generation ?? 0)
    }

    func store(_ origin: RunOrigin, at position: Int64) {
        logs[origin.partition]?.store(origin.number, at: position)
    }

    func checkpoint() -> [String: RunState.Position] {
        let positions = reader.positions
        var points: [String: RunState.Position] = [:]
        for partition in logs.keys {
            guard let position = positions[partition], var log = logs[partition] else { continue }
            let point = log.checkpoint(position: position)
            logs[partition] = log
            points[RunSpec.name(of: partition)] = RunState.Position(next: point.next, target: point.target)
        }
        return points
    }

    func close() {
        preparation?.close()
        reader.close(deadline: .seconds(1))
    }
}
