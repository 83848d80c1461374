internal import Kafka
internal import Replays
internal import TopicCatalogue

/// Reads single dead letters from their topic. Every call waits for Kafka.
struct DeadLetterLog {
    /// What a record holds beside its name.
    struct Content: Sendable {
        let key: [UInt8]?
        let value: [UInt8]?
        let headers: [KafkaHeader]
        let time: Int64?
    }

    private static let timeout = Duration.seconds(10)
    private static let memoryMax = 16 << 20

    private let kafka: KafkaConfiguration
    /// What each partition holds.
    private let held: [Int32: LogRange]

    /// - Throws: `KafkaError`
    init(_ kafka: KafkaConfiguration, partitions: Set<Int32>) throws(KafkaError) {
        self.kafka = kafka
        let resolver = try LogRangeResolver(kafka)
        let wanted = try resolver.partitions(of: [TopicName.dead], timeout: Self.timeout).filter {
            partitions.contains($0.partition)
        }
        let bounds = Dictionary(wanted.map { ($0, LogBounds(from: .beginning, until: .end)) }) { $1 }
        let ranges = bounds.isEmpty ? [] : try resolver.resolve(bounds, timeout: Self.timeout)
        held = Dictionary(ranges.map { ($0.range.partition.partition, $0.range) }) { $1 }
    }

    /// - Parameter names: near each other, because all that lies between them is read, too.
    /// - Returns: those that the log holds.
    /// - Throws: `KafkaError`
    func read(_ names: [DeadLetterName]) throws -> [DeadLetterName: Content] {
        let ranges = Dictionary(grouping: names, by: \.partition).compactMap { partition, names -> LogRange? in
            guard let held = held[partition], let first = names.map(\.offset).min(),
                let last = names.map(\.offset).max()
            else { return nil }
            return LogRange(
                held.partition, from: max(first, held.start), to: min(last &+ 1, held.end))
        }.filter { !$0.isEmpty }
        guard !ranges.isEmpty else { return [:] }
        let reader = try LogRangeReader(kafka, ranges, memoryMax: Self.memoryMax)
        defer { reader.close(deadline: .seconds(1)) }
        let wanted = Set(names)
        let deadline = ContinuousClock.now + Self.timeout
        var contents: [DeadLetterName: Content] = [:]
        while true {
            let progress = try reader.read(max: 1_000, timeout: .seconds(1)) { record in
                let name = DeadLetterName(partition: record.partition.partition, offset: record.offset)
                guard wanted.contains(name) else { return }
                contents[name] = Content(
                    key: record.key.map { Array($0) }, value: record.value.map { Array($0) }, headers: record.headers,
                    time: record.timestamp)
            }
            if progress.isComplete { return contents }
            guard ContinuousClock.now < deadline else { throw KafkaError.timedOut("reading \(ranges[0])") }
        }
    }
}
