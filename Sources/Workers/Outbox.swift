import Edges
import Invalidations
import JSON
import Kafka
import Runtime
import TopicCatalogue

/// Hands dead letters and reports to Kafka, and tells which were stored.
///
/// Two producers, so that a flood of reports cannot take the room that dead letters need.
final class Outbox {
    /// Reports can wait: the next one says it all again, and the offset waits with the last one.
    private static let redeliverable = Duration.seconds(120)
    /// Dead letters are as large as what publishers may send, and their headers come on top.
    private static let letterBytesMax = 8 << 20
    private static let drainMax = 100_000

    private let configuration: WorkerConfiguration
    private let letters: KafkaProducer
    private let reports: KafkaProducer
    private let log: Log
    private let edgeNames: [String]
    private var writer = JSONWriter(capacity: 1024)
    /// What could not even be handed over, to be told with the next drain.
    private var refused: [DeliveryNumber] = []

    init(_ configuration: WorkerConfiguration, log: Log) throws {
        self.configuration = configuration
        self.log = log
        edgeNames = configuration.edges.map(\.name)
        var tuning = ProducerTuning(linger: .milliseconds(5), deliveryTimeout: Self.redeliverable)
        tuning.recordBytesMax = Self.letterBytesMax
        letters = try KafkaProducer(configuration.kafka, tuning)
        reports = try KafkaProducer(
            configuration.kafka, ProducerTuning(linger: .milliseconds(5), deliveryTimeout: Self.redeliverable))
    }

    /// Without it the first dead letter would wait for a second.
    func warmUp() throws {
        try letters.warmUp(topics: [TopicName.dead], timeout: .seconds(30))
        try reports.warmUp(topics: [TopicName.progress], timeout: .seconds(30))
    }

    func wake(on descriptor: Int32) {
        letters.wake(on: descriptor)
        reports.wake(on: descriptor)
    }

    /// To the partition of the same number, beside the request's own.
    func bury(_ letter: DeadLetter, _ number: DeliveryNumber) {
        let topic = TopicName.invalidations[letter.position.source.topic]
        let headers = DeadLetterHeaders.headers(
            of: letter, topic: topic, group: configuration.group, worker: configuration.name)
        send(number, "dead letter") {
            try letters.send(
                topic: TopicName.dead, partition: letter.position.source.partition, key: letter.original.key,
                value: letter.original.value, headers: headers.map { KafkaHeader($0.name, $0.value) },
                token: number)
        }
    }

    func report(_ report: RequestReport, _ number: DeliveryNumber) {
        writer.reset()
        ProgressEncoder.encode(progress(report), into: &writer)
        send(number, "progress") {
            try reports.send(
                topic: TopicName.progress, partition: nil, key: Array(report.id.text.utf8), value: writer.bytes,
                headers: [], token: number)
        }
    }

    /// Something could not be handed over and waits for the next drain, which nothing else may bring about.
    var hasRefused: Bool { !refused.isEmpty }

    /// - Throws: the error after which a producer is of no use: the worker begins anew, and reads again what is open.
    func drain(_ body: (DeliveryNumber, _ isStored: Bool) -> Void) throws {
        for producer in [letters, reports] {
            if let error = producer.fatalError { throw error }
        }
        let given = refused
        refused.removeAll()
        for number in given { body(number, false) }
        for producer in [letters, reports] {
            _ = producer.drainDeliveries(max: Self.drainMax) { delivery in
                switch delivery.result {
                case .stored: body(delivery.token, true)
                case .failed(let error):
                    log.warning("not stored, will be sent again", ["kafka.error": "\(error)"])
                    body(delivery.token, false)
                }
            }
        }
    }

    /// What is still queued is not waited for: its records are not committed and are read again.
    func close() {
        _ = letters.flush(timeout: .seconds(1))
        _ = reports.flush(timeout: .seconds(1))
    }

    private func send(_ number: DeliveryNumber, _ what: StaticString, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            log.warning("cannot hand over a \(what), will try again", ["kafka.error": "\(error)"])
            refused.append(number)
        }
    }

    private func progress(_ report: RequestReport) -> Progress {
        let edges = report.edges.map { edge in
            Progress.Edge(
                edge.name, edge.state,
                failure: edge.failure.map {
                    EdgeFailure(
                        failureClass: $0.failureClass.rawValue, message: $0.message, attempts: UInt32(edge.attempts))
                })
        }
        return Progress(
            id: report.id, namespace: report.namespace, requestedAt: report.requestedAt, at: report.at,
            source: configuration.name,
            origin: Progress.Origin(
                topic: TopicName.invalidations[report.origin.source.topic],
                partition: report.origin.source.partition, offset: report.origin.offset),
            edges: edges)
    }
}
