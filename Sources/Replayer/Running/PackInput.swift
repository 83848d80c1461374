internal import Basics
internal import Invalidations
internal import JSON
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

/// Packs as input of a run: the union of all selectors, each published once, in requests of the run's own.
///
/// They are published in the order of their keys. So an owner that takes the run over makes the union anew, and goes on
/// behind the last one that stands on the replay topic.
final class PackInput: RunInput {
    /// One partition of the replay topic.
    private struct Output {
        var last: SelectorKey?
        /// Of the last record that is stored.
        var target: Int64
        var packs: [SelectorPack] = []
        var next = 0
    }

    private let id: String
    private let order: RunOrder
    private let epoch: UInt32
    private let configuration: ReplayConfiguration
    private let topics: SourceTopics
    private let source: RunSource
    private let reader: LogRangeReader
    private var union = SelectorUnion()
    private var outputs: [Int32: Output] = [:]
    let knownCount: Int64 = 0

    init(
        _ id: String, _ order: RunOrder, earlier: RunState?, epoch: UInt32, _ source: RunSource,
        _ configuration: ReplayConfiguration
    ) throws {
        (self.id, self.order, self.epoch, self.source) = (id, order, epoch, source)
        self.configuration = configuration
        topics = SourceTopics(tiers: configuration.retryTiers)
        for (partition, found) in try RunTakeover.findPacks(id, order, earlier, configuration) {
            outputs[partition] = Output(last: found.last, target: found.target)
        }
        reader = try LogRangeReader(configuration.kafka, order.spec.ranges)
    }

    var ends: [Int32: Int64] { outputs.filter { $0.value.last != nil }.mapValues { $0.target + 1 } }

    func prepare(_ counts: inout RunState.Counts) throws -> RunReading {
        let progress = try reader.readThrowing(max: RunReading.portion, timeout: .zero) { record in
            let decision = try source.decide(record, now: .now()).decision
            counts.add(decision)
            guard case .publish(let replayed) = decision, let invalidation = replayed.invalidation else { return }
            union.add(invalidation, edges: replayed.edges, partition: record.partition.partition)
        }
        counts.lost += progress.lostOffsets
        guard !union.isFull else {
            throw RunError.notReachable(
                "the range names over \(SelectorUnion.selectorsMax) different selectors: select less, or leave out "
                    + "coalesce")
        }
        guard progress.isComplete else { return RunReading(progress) }
        for (partition, output) in outputs {
            outputs[partition]?.packs = union.packs(of: partition, after: output.last)
        }
        union = SelectorUnion()
        return RunReading(isComplete: true)
    }

    func read(
        max: Int, _ counts: inout RunState.Counts, _ publish: (RunPublication) throws -> Void
    ) throws -> RunReading {
        var left = max
        let most = order.spec.max ?? .max
        for partition in outputs.keys.sorted() {
            while left > 0, counts.published < most, let output = outputs[partition], output.next < output.packs.count {
                try publish(publication(output.packs[output.next], number: output.next, partition))
                outputs[partition]?.next += 1
                counts.published += 1
                left -= 1
            }
        }
        let isComplete = counts.published >= most || outputs.values.allSatisfy { $0.next == $0.packs.count }
        return RunReading(isComplete: isComplete, isBusy: left < max)
    }

    private func publication(_ pack: SelectorPack, number: Int, _ partition: Int32) throws -> RunPublication {
        let requestID = ReplayStatusID.make("\(id)/\(partition)/\(pack.key.text)")
        let time = order.spec.contentFrom == nil ? pack.requestedAt : order.at.time
        let invalidation = Invalidation(
            id: requestID, namespace: pack.group.namespace, selectors: pack.selectors, mode: pack.mode,
            priority: .low, requestedAt: time, notBefore: pack.notBefore,
            source: "replay/\(id)")
        var writer = JSONWriter()
        InvalidationEncoder.encode(invalidation, into: &writer)
        let original = OriginalRecord(key: Array(pack.group.namespace.name.utf8), value: writer.bytes)
        let from = order.spec.ranges.last { $0.partition.partition == partition }
        guard let from, let source = topics.source(of: from.partition) else {
            throw RunError.invalid("the run reads no partition \(partition)")
        }
        // The last record that the run has read there: what it stands for was made until then.
        let offset = Swift.max(0, from.end - 1)
        let metadata = RetryMetadata(
            replaying: RecordPosition(source: source, offset: offset), edges: pack.group.edges,
            Replay(run: id, generation: 0, replayedAt: .now(), statusID: requestID))
        let headers = ReplayHeaders.headers(
            replaying: metadata, of: invalidation, original: original,
            from: (from.partition.topic, partition, offset), epoch: epoch, topics: topics, runner: configuration.name)
        return RunPublication(
            origin: RunOrigin(partition: TopicPartition(TopicName.replays, partition), number: Int64(number)),
            key: original.key, value: original.value, headers: headers,
            identity: RequestIdentity(id: requestID, namespace: pack.group.namespace), generation: 0)
    }

    func store(_ origin: RunOrigin, at position: Int64) {
        let partition = origin.partition.partition
        guard let output = outputs[partition], output.packs.indices.contains(Int(origin.number)) else { return }
        outputs[partition]?.target = position
        outputs[partition]?.last = output.packs[Int(origin.number)].key
    }

    func checkpoint() -> [String: RunState.Position] {
        Dictionary(
            order.spec.ranges.map { range in
                let target = outputs[range.partition.partition]?.target
                return (RunSpec.name(of: range.partition), RunState.Position(next: range.start, target: target))
            }
        ) { $1 }
    }

    func close() { reader.close(deadline: .seconds(1)) }
}
