public import Kafka
internal import TopicCatalogue

/// Control log for those who give orders: it stores them.
public struct ControlLog: Sendable {
    private let kafka: KafkaConfiguration

    public init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    /// Stores an order. It is safe once this returns.
    ///
    /// - Throws: `RunError.invalid`, `KafkaError`
    public func publish(_ order: RunOrder, run id: String, timeout: Duration) throws {
        try order.validate()
        let record = ControlRecord.order(id, order)
        let producer = try KafkaProducer(kafka, ProducerTuning(linger: .zero, deliveryTimeout: timeout))
        try producer.warmUp(topics: [TopicName.control], timeout: timeout)
        try producer.send(
            topic: TopicName.control, partition: 0, key: Array(record.key.utf8), value: try record.value(), token: 1)
        var result: Delivery.Result?
        producer.flush(timeout: timeout) { result = $0.result }
        switch result {
        case .stored: return
        case .failed(let error): throw error
        case nil: throw KafkaError.timedOut("storing an order on \(TopicName.control)")
        }
    }
}
