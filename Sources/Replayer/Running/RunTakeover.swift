internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Workers

/// Takeover: finds out what earlier owners of a run have published.
enum RunTakeover {
    private static let timeout = Duration.seconds(30)

    /// The topic that a run writes.
    static func target(of order: RunOrder) -> String {
        order.kind == .discard ? TopicName.dead : TopicName.replays
    }

    /// - Returns: by source partition, what was published of it.
    static func find(
        _ id: String, _ order: RunOrder, _ state: RunState?, _ configuration: ReplayConfiguration
    ) throws -> [TopicPartition: PublishedLog] {
        var published: [RunOrigin: Int64] = [:]
        let from = try read(id, order, state, configuration) { record in
            guard let origin = record.header("cs-run-from").flatMap(RunOrigin.init(header:)) else { return }
            published[origin] = record.offset
        }
        return PublishedLog.find(order.spec, state, publishedFrom: from, published)
    }

    /// - Returns: by partition of the replay topic, the last pack there, and where it stands or is looked for.
    static func findPacks(
        _ id: String, _ order: RunOrder, _ state: RunState?, _ configuration: ReplayConfiguration
    ) throws -> [Int32: (last: SelectorKey?, target: Int64)] {
        let decoder = InvalidationDecoder()
        var last: [Int32: (last: SelectorKey?, target: Int64)] = [:]
        let from = try read(id, order, state, configuration) { record in
            guard let value = record.value, let names = record.header("cs-edges"),
                let pack = try? decoder.decode(
                    record: value, time: Timestamp(milliseconds: record.timestamp ?? 0), arrival: nil, event: nil)
            else { return }
            let text = String(decoding: names, as: UTF8.self)
            let edges = text == RetryHeaders.allEdges ? [] : text.split(separator: ",").map(String.init)
            if let key = SelectorKey(pack, edges: edges) { last[record.partition.partition] = (key, record.offset) }
        }
        for (partition, target) in from where last[partition] == nil { last[partition] = (nil, target) }
        return last
    }

    /// Reads what the run has written, of each partition from where the last state says.
    ///
    /// - Returns: by partition of the topic that is written, from where it was read.
    private static func read(
        _ id: String, _ order: RunOrder, _ state: RunState?, _ configuration: ReplayConfiguration,
        _ body: (borrowing KafkaRecord) throws -> Void
    ) throws -> [Int32: Int64] {
        let sources = order.spec.ranges
        let topic = target(of: order)
        let targets = Set(sources.map { TopicPartition(topic, $0.partition.partition) })
        let bounds = Dictionary(targets.map { ($0, LogBounds(from: .beginning, until: .end)) }) { $1 }
        let found = try LogRangeResolver(configuration.kafka).resolve(bounds, timeout: timeout)
        let watermarks = Dictionary(
            found.map { ($0.range.partition.partition, (low: $0.watermarks.low, high: $0.watermarks.high)) }
        ) { $1 }
        let from = PublishedLog.targetStarts(order.spec, state, watermarks: watermarks)
        let ranges = from.map { partition, begin in
            LogRange(TopicPartition(topic, partition), from: begin, to: watermarks[partition]?.high ?? begin)
        }
        let run = Array(id.utf8)
        try LogRangeReader.readAll(configuration.kafka, ranges) { record in
            if record.header("cs-run") == run { try body(record) }
        }
        return from
    }
}
