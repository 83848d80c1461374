internal import Basics
internal import Invalidations
public import Kafka
internal import TopicCatalogue

/// Dead letters of the writes: those that nobody has settled, and marks that settle them.
///
/// A mark is a record of the same topic and partition that names the dead letter. So the topic alone says what is open,
/// and to settle a dead letter twice changes nothing.
public final class DeadWrites {
    /// Why a dead letter cannot be written once more.
    public enum Obstacle: Sendable {
        /// A later write of its key stands in the log.
        case later
        /// Writes behind it were removed from the log.
        case unknown
    }

    private static let timeout = Duration.seconds(30)
    private static let bytesMax = 64 << 20

    private let kafka: KafkaConfiguration
    private let producer: KafkaProducer
    private let consumer: KafkaConsumer

    /// - Throws: `KafkaError`
    public init(_ kafka: KafkaConfiguration) throws {
        self.kafka = kafka
        producer = try KafkaProducer(kafka)
        try producer.warmUp(topics: [TopicName.cacheDead, TopicName.cacheWrites], timeout: Self.timeout)
        consumer = try KafkaConsumer(kafka, ConsumerTuning())
    }

    /// Those that are open, by partition the oldest first.
    ///
    /// - Parameters:
    ///   - names: of those that are wanted; empty for all.
    ///   - max: no more than these, and no more than 64 MiB.
    /// - Returns: with them, whether there are more.
    public func findOpen(
        _ names: Set<DeadLetterOfWrite.Name> = [], max countMax: Int
    ) throws -> (deadLetters: [DeadLetterOfWrite], isCut: Bool) {
        let ranges = try deadRanges()
        var settled: Set<DeadLetterOfWrite.Name> = []
        try LogRangeReader.readAll(kafka, ranges) { record in
            if let name = Self.settledName(record) { settled.insert(name) }
        }
        var deadLetters: [DeadLetterOfWrite] = []
        var (bytes, isCut) = (0, false)
        try LogRangeReader.readAll(kafka, ranges) { record in
            let name = DeadLetterOfWrite.Name(partition: record.partition.partition, offset: record.offset)
            guard Self.settledName(record) == nil, !settled.contains(name), names.isEmpty || names.contains(name)
            else { return }
            bytes += record.value?.count ?? 0
            guard deadLetters.count < countMax, bytes <= Self.bytesMax else { return isCut = true }
            deadLetters.append(
                DeadLetterOfWrite(
                    name, key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                    headers: record.headers))
        }
        return (deadLetters.sorted { $0.name < $1.name }, isCut)
    }

    /// Which of them must not be written once more. Reads the log of writes from the oldest of them to its end.
    public func findObstacles(_ deadLetters: [DeadLetterOfWrite]) throws -> [DeadLetterOfWrite.Name: Obstacle] {
        var obstacles: [DeadLetterOfWrite.Name: Obstacle] = [:]
        var wanted: [Int32: [[UInt8]: [(name: DeadLetterOfWrite.Name, origin: Int64)]]] = [:]
        var starts: [Int32: Int64] = [:]
        for deadLetter in deadLetters {
            guard let origin = deadLetter.origin, deadLetter.write != nil else {
                obstacles[deadLetter.name] = .unknown
                continue
            }
            let partition = deadLetter.name.partition
            wanted[partition, default: [:]][deadLetter.key, default: []].append((deadLetter.name, origin))
            starts[partition] = min(starts[partition] ?? .max, origin)
        }
        let partitions = starts.keys.sorted().map { TopicPartition(TopicName.cacheWrites, $0) }
        let marks = try consumer.watermarks(of: partitions, timeout: Self.timeout)
        var ranges: [LogRange] = []
        for (partition, mark) in marks {
            for (name, origin) in (wanted[partition.partition] ?? [:]).values.joined()
            where origin &+ 1 < mark.low || origin >= mark.high { obstacles[name] = .unknown }
            let start = max(mark.low, min(starts[partition.partition] ?? 0, mark.high))
            ranges.append(LogRange(partition, from: start, to: mark.high))
        }
        try LogRangeReader.readAll(kafka, ranges) { record in
            guard let key = record.key, let named = wanted[record.partition.partition]?[Array(key)] else { return }
            for (name, origin) in named where record.offset > origin { obstacles[name] = .later }
        }
        return obstacles
    }

    /// Marks the dead letter. It is no longer open.
    ///
    /// - Throws: where Kafka does not store the mark.
    public func settle(_ deadLetter: DeadLetterOfWrite, _ outcome: DeadWriteOutcome) throws {
        let origin = TopicPartition(TopicName.cacheWrites, deadLetter.name.partition)
        try producer.send(
            topic: TopicName.cacheDead, partition: deadLetter.name.partition, key: deadLetter.key, value: nil,
            headers: [
                KafkaHeader(DeadWrite.position, "\(origin)/\(deadLetter.origin ?? -1)"),
                KafkaHeader(DeadWrite.classification, DeadWrite.Class.settled.rawValue),
                KafkaHeader(DeadWrite.error, outcome.rawValue), KafkaHeader(DeadWrite.time, Timestamp.now().text),
                KafkaHeader(DeadWrite.settles, "\(deadLetter.name)"),
            ], token: 1)
        var failure: KafkaError?
        let left = producer.flush(timeout: Self.timeout) { delivery in
            if case .failed(let error) = delivery.result { failure = error }
        }
        if let failure { throw failure }
        guard left == 0 else {
            throw KafkaError.timedOut("the mark of the dead letter \(deadLetter.name) is not stored")
        }
    }

    private func deadRanges() throws -> [LogRange] {
        let count = Int32(clamping: try producer.partitions(of: TopicName.cacheDead) ?? 0)
        let partitions = (0..<count).map { TopicPartition(TopicName.cacheDead, $0) }
        return try consumer.watermarks(of: partitions, timeout: Self.timeout).map { partition, mark in
            LogRange(partition, from: mark.low, to: mark.high)
        }
    }

    private static func settledName(_ record: borrowing KafkaRecord) -> DeadLetterOfWrite.Name? {
        let header = record.header(DeadWrite.settles)
        return header.flatMap { DeadLetterOfWrite.Name(String(decoding: $0, as: UTF8.self)) }
    }
}

// Its consumer belongs to one thread.
@available(*, unavailable)
extension DeadWrites: Sendable {}
