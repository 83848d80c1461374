public import Kafka
internal import TopicCatalogue

/// Control log for those who order and look: reads all of it, and publishes orders.
public struct ControlLog: Sendable {
    private static let timeout = Duration.seconds(30)
    private let kafka: KafkaConfiguration

    public init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    /// All runs, as of now.
    ///
    /// - Throws: `KafkaError`
    public func runs() throws -> RunTable {
        let control = TopicPartition(TopicName.control, 0)
        var table = RunTable()
        let ranges = try LogRangeResolver(kafka).resolve([control: LogBounds(from: .beginning, until: .end)])
        try LogRangeReader.readAll(kafka, ranges.map(\.range)) { record in
            // What no version of ours writes is nobody's run.
            if let read = try? ControlRecord(key: record.key, value: record.value) { table.fold(read) }
        }
        return table
    }

    /// - Throws: `RunError.unknownRun`, `KafkaError`
    public func run(_ id: String) throws -> RunTable.Run {
        guard let run = try runs().runs[id] else { throw RunError.unknownRun(id) }
        return run
    }

    /// Stores an order. It is safe once this returns.
    ///
    /// - Throws: `RunError.invalid`, `KafkaError`
    public func publish(_ order: RunOrder, run id: String) throws {
        try order.validate()
        let record = ControlRecord.order(id, order)
        let producer = try KafkaProducer(kafka, ProducerTuning(linger: .zero, deliveryTimeout: Self.timeout))
        try producer.warmUp(topics: [TopicName.control], timeout: Self.timeout)
        try producer.send(
            topic: TopicName.control, partition: 0, key: Array(record.key.utf8), value: try record.value(), token: 1)
        var result: Delivery.Result?
        producer.flush(timeout: Self.timeout) { result = $0.result }
        switch result {
        case .stored: return
        case .failed(let error): throw error
        case nil: throw KafkaError.timedOut("storing an order on \(TopicName.control)")
        }
    }
}
