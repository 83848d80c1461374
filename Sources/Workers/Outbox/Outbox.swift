package import Invalidations
import Kafka
package import Runtime
import TopicCatalogue

/// Hands deferrals, dead letters and reports to Kafka, and tells which were stored.
///
/// Two producers, so that a flood of reports cannot take the room that deferrals and dead letters need.
package final class Outbox {
    /// Reports can wait: the next one says it all again, and the offset waits with the last one.
    private static let redeliverable = Duration.seconds(120)
    /// How long records wait for company. Nobody waits for them but their offsets, and a broker that has to take many
    /// small batches makes everybody wait, publishers included.
    private static let lettersLinger = Duration.milliseconds(50)
    private static let reportsLinger = Duration.milliseconds(25)
    /// Letters are as large as what publishers may send, and their headers come on top.
    private static let letterBytesMax = 8 << 20
    private static let drainMax = 100_000
    private static let startTimeout = Duration.seconds(30)

    private let configuration: WorkerConfiguration
    private let topics: SourceTopics
    private let letters: KafkaProducer
    private let reports: KafkaProducer
    private let log: Log
    private var encoder: ReportEncoder
    private var retryRoom: RetryRoom?
    /// What could not even be handed over, to be told with the next drain.
    private var refused: [DeliveryNumber] = []

    package init(_ configuration: WorkerConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        topics = configuration.topics
        encoder = ReportEncoder(source: configuration.name, topics: topics.names)
        retryRoom = configuration.retryBytesMax.map { RetryRoom(bytesMax: $0) }
        var tuning = ProducerTuning(linger: Self.lettersLinger, deliveryTimeout: Self.redeliverable)
        tuning.recordBytesMax = Self.letterBytesMax
        letters = try KafkaProducer(configuration.kafka, tuning)
        reports = try KafkaProducer(
            configuration.kafka,
            ProducerTuning(linger: Self.reportsLinger, deliveryTimeout: Self.redeliverable))
    }

    /// Without it the first record of a topic would wait for a second.
    package func warmUp() throws {
        try letters.warmUp(topics: topics.retries + [TopicName.dead], timeout: Self.startTimeout)
        try reports.warmUp(topics: [TopicName.progress], timeout: Self.startTimeout)
    }

    package func wake(on descriptor: Int32) {
        letters.wake(on: descriptor)
        reports.wake(on: descriptor)
    }

    /// To the partition of the same number of a retry topic.
    package func putOff(_ deferral: Deferral, _ number: DeliveryNumber) {
        let source = SourcePartition(tier: deferral.tier, partition: deferral.partition)
        let headers = RetryHeaders.headers(of: deferral, topics: topics, worker: configuration.name)
        let bytes = deferral.original.byteCount(with: headers)
        guard retryRoom?.admit(number, bytes: bytes, to: source) ?? true else {
            log.warning("no room on the retry topic, will try again", ["kafka.partition": topics[source]])
            return refused.append(number)
        }
        send(number, "deferral") {
            try letters.send(topics[source], deferral.original, headers, token: number)
        }
    }

    /// To the partition of the same number, beside the request's own.
    package func bury(_ letter: DeadLetter, _ number: DeliveryNumber) {
        let headers = DeadLetterHeaders.headers(
            of: letter, topic: topics[letter.position.source].topic, group: configuration.group,
            worker: configuration.name)
        send(number, "dead letter") {
            try letters.send(
                TopicPartition(TopicName.dead, letter.position.source.partition), letter.original, headers,
                token: number)
        }
    }

    package func report(_ report: RequestReport, _ number: DeliveryNumber) {
        encoder.encode(report)
        send(number, "progress") {
            try reports.send(topic: TopicName.progress, key: encoder.key, value: encoder.value, token: number)
        }
    }

    /// Something could not be handed over and waits for the next drain, which nothing else may bring about.
    package var hasRefused: Bool { !refused.isEmpty }

    /// Everything of that partition below `offset` is finished.
    package func committed(_ source: SourcePartition, _ offset: Int64) {
        retryRoom?.committed(source, offset)
    }

    /// - Throws: the error after which a producer is of no use: the worker begins anew, and reads again what is open.
    package func drain(_ body: (DeliveryNumber, _ isStored: Bool) -> Void) throws {
        for producer in [letters, reports] {
            if let error = producer.fatalError { throw error }
        }
        let given = refused
        refused.removeAll()
        for number in given { body(number, false) }
        for producer in [letters, reports] {
            _ = producer.drainDeliveries(max: Self.drainMax) { delivery in
                take(delivery)
                if case .stored = delivery.result { body(delivery.token, true) } else { body(delivery.token, false) }
            }
        }
    }

    /// What is still queued is not waited for: its records are not committed and are read again.
    package func close() {
        _ = letters.flush(timeout: .seconds(1))
        _ = reports.flush(timeout: .seconds(1))
    }

    private func take(_ delivery: Delivery) {
        switch delivery.result {
        case .stored(_, let offset): retryRoom?.ended(delivery.token, at: offset)
        case .failed(let error):
            log.warning("not stored, will be sent again", ["kafka.error": "\(error)"])
            retryRoom?.ended(delivery.token, at: nil)
        }
    }

    private func send(_ number: DeliveryNumber, _ what: StaticString, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            log.warning("cannot hand over a \(what), will try again", ["kafka.error": "\(error)"])
            retryRoom?.ended(number, at: nil)
            refused.append(number)
        }
    }
}

extension KafkaProducer {
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
