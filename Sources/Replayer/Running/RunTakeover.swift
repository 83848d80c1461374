internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue

/// Takeover: finds out what earlier owners of a run have published.
enum RunTakeover {
    private static let timeout = Duration.seconds(30)

    /// - Returns: by source partition, what was published of it.
    static func find(
        _ id: String, _ order: RunOrder, _ state: RunState?, _ configuration: ReplayConfiguration
    ) throws -> [TopicPartition: PublishedLog] {
        let sources = order.spec.ranges
        let targets = Set(sources.map { TopicPartition(TopicName.replays, $0.partition.partition) })
        let bounds = Dictionary(targets.map { ($0, LogBounds(from: .beginning, until: .end)) }) { $1 }
        let found = try LogRangeResolver(configuration.kafka).resolve(bounds, timeout: timeout)
        let watermarks = Dictionary(found.map { ($0.range.partition, $0.watermarks) }) { $1 }
        var from: [TopicPartition: Int64] = [:]
        for source in sources {
            let target = TopicPartition(TopicName.replays, source.partition.partition)
            guard let marks = watermarks[target] else { continue }
            let position = state?.position[RunSpec.name(of: source.partition)]
            // A run that was never begun has published nothing.
            let begin = state == nil ? marks.high : max(position?.target ?? marks.low, marks.low)
            from[target] = min(from[target] ?? .max, begin)
        }
        let published = try read(id, from, watermarks, configuration)
        var logs: [TopicPartition: PublishedLog] = [:]
        for source in sources {
            let target = TopicPartition(TopicName.replays, source.partition.partition)
            let next = max(source.start, state?.position[RunSpec.name(of: source.partition)]?.next ?? source.start)
            logs[source.partition] = PublishedLog(
                next: next, target: from[target] ?? 0, known: published[source.partition] ?? [:])
        }
        return logs
    }

    /// The run's records on the replay topic: by source partition, their offsets by those of the source.
    private static func read(
        _ id: String, _ from: [TopicPartition: Int64], _ watermarks: [TopicPartition: Watermarks],
        _ configuration: ReplayConfiguration
    ) throws -> [TopicPartition: [Int64: Int64]] {
        let ranges = from.map { LogRange($0.key, from: $0.value, to: watermarks[$0.key]?.high ?? $0.value) }
        let run = Array(id.utf8)
        var published: [TopicPartition: [Int64: Int64]] = [:]
        try LogRangeReader.readAll(configuration.kafka, ranges) { record in
            guard record.header("cs-run") == run, let from = record.header("cs-run-from"),
                let position = String(validating: from, as: UTF8.self)
            else { return }
            let words = position.split(separator: "/")
            guard words.count == 3, let partition = Int32(words[1]), let offset = Int64(words[2]) else { return }
            published[TopicPartition(String(words[0]), partition), default: [:]][offset] = record.offset
        }
        return published
    }
}
