package import Invalidations
import Kafka
package import Runtime
import TopicCatalogue

/// Record publisher: hands retry records, dead letters and reports over, and tells which were stored.
package final class RecordPublisher {
    /// An edge that answers for hundreds of requests at once must not make others wait for all that follows from it,
    /// here and at the broker: this often a few of the retry records and dead letters are handed over.
    package static let unsentInterval = Duration.milliseconds(10)
    private static let unsentMin = 8
    /// The more wait, the more go: the first share while they are few, the second when they are many.
    private static let unsentFew = 2_048
    private static let unsentShares = (few: 32, many: 4)
    private static let drainMax = 100_000
    private static let startTimeout = Duration.seconds(30)

    private let configuration: WorkerConfiguration
    private let topics: SourceTopics
    private let retryProducer: any RecordProducer
    private let progressProducer: any RecordProducer
    private let log: Log
    /// Not where the worker leaves: publishers wait for that.
    package var isPaced = true
    private var encoder: ReportEncoder
    private var retryCapacity: RetryCapacity?
    /// What could not even be handed over, to be told in the next turn.
    private var refused: [DeliveryNumber] = []
    /// In the order in which the core decided on them, one at most for each of its open records.
    private var unsent = RingBuffer<UnsentRecord>()
    /// What Kafka answered to them and the core has not been told: one at most for each that was sent.
    private var answered = RingBuffer<(number: DeliveryNumber, isStored: Bool)>()

    private enum UnsentRecord {
        case retryRecord(RetryRecord, DeliveryNumber)
        case dead(DeadLetter, DeliveryNumber)

        var partition: Int32 {
            switch self {
            case .retryRecord(let retryRecord, _): retryRecord.partition
            case .dead(let deadLetter, _): deadLetter.position.source.partition
            }
        }

        var number: DeliveryNumber {
            switch self {
            case .retryRecord(_, let number), .dead(_, let number): number
            }
        }
    }

    /// - Parameters:
    ///   - retryProducer: writes retry records and dead letters.
    ///   - progressProducer: writes reports.
    package init(
        _ configuration: WorkerConfiguration, retryProducer: any RecordProducer, progressProducer: any RecordProducer,
        log: Log
    ) {
        self.configuration = configuration
        self.retryProducer = retryProducer
        self.progressProducer = progressProducer
        self.log = log
        topics = configuration.topics
        encoder = ReportEncoder(source: configuration.name, topics: topics.names)
        retryCapacity = configuration.retryBytesMax.map { RetryCapacity(bytesMax: $0) }
    }

    /// Without it the first record of a topic would wait for a second.
    package func warmUp() throws {
        try retryProducer.warmUp(topics: topics.retries + [TopicName.dead], timeout: Self.startTimeout)
        try progressProducer.warmUp(topics: [TopicName.progress], timeout: Self.startTimeout)
    }

    /// To the partition of the same number of a retry topic, by one of the next calls of `sendUnsent`.
    package func writeRetry(_ retryRecord: RetryRecord, _ number: DeliveryNumber) {
        unsent.append(.retryRecord(retryRecord, number))
    }

    /// To the partition of the same number, beside the request's own, by one of the next calls of `sendUnsent`.
    package func writeDeadLetter(_ deadLetter: DeadLetter, _ number: DeliveryNumber) {
        unsent.append(.dead(deadLetter, number))
    }

    /// Told as not stored in the next turn, so that it is handed over again later.
    package func refuse(_ number: DeliveryNumber) { refused.append(number) }

    private func send(_ retryRecord: RetryRecord, _ number: DeliveryNumber) {
        let source = SourcePartition(tier: retryRecord.tier, partition: retryRecord.partition)
        let headers = RetryHeaders.headers(of: retryRecord, topics: topics, worker: configuration.name)
        let bytes = retryRecord.original.byteCount(with: headers)
        guard retryCapacity?.admit(number, bytes: bytes, to: source) ?? true else {
            log.warning("no capacity on the retry topic, will try again", ["kafka.partition": topics[source]])
            return refused.append(number)
        }
        send(number, "retry record") {
            try retryProducer.send(topics[source], retryRecord.original, headers, token: number)
        }
    }

    private func send(_ deadLetter: DeadLetter, _ number: DeliveryNumber) {
        let headers = DeadLetterHeaders.headers(
            of: deadLetter, topic: topics[deadLetter.position.source].topic, group: configuration.group,
            worker: configuration.name)
        send(number, "dead letter") {
            try retryProducer.send(
                TopicPartition(TopicName.dead, deadLetter.position.source.partition), deadLetter.original, headers,
                token: number)
        }
    }

    package func report(_ report: RequestReport, _ number: DeliveryNumber) {
        encoder.encode(report)
        send(number, "progress") {
            try progressProducer.send(
                topic: TopicName.progress, partition: nil, key: encoder.key, value: encoder.value, headers: [],
                token: number)
        }
    }

    /// Something could not be handed over, and waits for the next turn, which nothing else may bring about.
    package var hasRefused: Bool { !refused.isEmpty }

    /// Something waits for the next call of `sendUnsent`.
    package var hasUnsent: Bool { !unsent.isEmpty || !answered.isEmpty }

    /// Everything of that partition below `offset` is finished.
    package func committed(_ source: SourcePartition, _ offset: Int64) {
        retryCapacity?.committed(source, offset)
    }

    /// Partitions that topics have got since the start can be written to.
    package func updatePartitionCounts(_ counts: [String: Int]) {
        do {
            try retryProducer.updatePartitionCounts(counts)
            try progressProducer.updatePartitionCounts(counts)
        } catch {
            log.warning("new partitions cannot be used", ["kafka.error": "\(error)"])
        }
    }

    /// Tells what became of what was handed over.
    ///
    /// - Throws: the error after which a producer is of no use: the worker begins anew, and reads again what is open.
    package func takeDeliveries(_ body: (DeliveryNumber, _ isStored: Bool) -> Void) throws {
        for producer in [retryProducer, progressProducer] {
            if let error = producer.fatalError { throw error }
        }
        let given = refused
        refused.removeAll()
        for number in given { body(number, false) }
        retryProducer.drainDeliveries(max: Self.drainMax) { answered.append((recordDelivery($0), $0.isStored)) }
        progressProducer.drainDeliveries(max: Self.drainMax) { body(recordDelivery($0), $0.isStored) }
    }

    /// Hands a few of the retry records and dead letters over, and tells what became of a few earlier ones.
    package func sendUnsent(_ body: (DeliveryNumber, _ isStored: Bool) -> Void) {
        for _ in 0..<portion(of: unsent.count) {
            switch unsent.popFirst() {
            case .retryRecord(let retryRecord, let number): send(retryRecord, number)
            case .dead(let deadLetter, let number): send(deadLetter, number)
            case nil: break
            }
        }
        for _ in 0..<portion(of: answered.count) {
            if let (number, isStored) = answered.popFirst() { body(number, isStored) }
        }
    }

    /// What waits of partitions that are somebody else's now is not handed over: their owner reads it again.
    package func refuse(partitions: Set<Int32>) {
        for _ in 0..<unsent.count {
            guard let record = unsent.popFirst() else { break }
            if partitions.contains(record.partition) {
                refused.append(record.number)
            } else {
                unsent.append(record)
            }
        }
    }

    private func portion(of waiting: Int) -> Int {
        guard isPaced else { return waiting }
        let share = waiting < Self.unsentFew ? Self.unsentShares.few : Self.unsentShares.many
        return min(waiting, max(Self.unsentMin, waiting / share))
    }

    /// What is still queued is not waited for: its records are not committed and are read again.
    package func close() {
        retryProducer.flush(timeout: .seconds(1))
        progressProducer.flush(timeout: .seconds(1))
    }

    private func recordDelivery(_ delivery: Delivery) -> DeliveryNumber {
        switch delivery.result {
        case .stored(_, let offset): retryCapacity?.ended(delivery.token, at: offset)
        case .failed(let error):
            log.warning("not stored, will be sent again", ["kafka.error": "\(error)"])
            retryCapacity?.ended(delivery.token, at: nil)
        }
        return delivery.token
    }

    private func send(_ number: DeliveryNumber, _ what: StaticString, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            log.warning("cannot hand over a \(what), will try again", ["kafka.error": "\(error)"])
            retryCapacity?.ended(number, at: nil)
            refused.append(number)
        }
    }
}

extension RecordProducer {
    /// The same key and value once more.
    fileprivate func send(
        _ partition: TopicPartition, _ original: OriginalRecord, _ headers: [RecordHeader], token: UInt64
    ) throws(KafkaError) {
        try send(
            topic: partition.topic, partition: partition.partition, key: original.key, value: original.value,
            headers: headers.map { KafkaHeader($0.name, $0.value) }, token: token)
    }
}

extension OriginalRecord {
    fileprivate func byteCount(with headers: [RecordHeader]) -> Int {
        (key?.count ?? 0) + (value?.count ?? 0)
            + headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
    }
}

extension Delivery {
    fileprivate var isStored: Bool {
        if case .stored = result { true } else { false }
    }
}
