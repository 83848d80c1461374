internal import Caches
internal import Invalidations
internal import Kafka
internal import TopicCatalogue

/// Stores records of rollouts. They are rare, so each has a producer of its own.
struct RolloutLog: Sendable {
    private static let timeout = Duration.seconds(10)

    let kafka: KafkaConfiguration
    /// Number of this process, by which it knows its own records.
    let node = UInt64.random(in: .min ... .max)

    init(kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    /// - Returns: the record's offset.
    /// - Throws: `KafkaError`; the record may be stored all the same.
    func publish(_ form: RolloutRecordForm, of namespace: Namespace) throws -> Int64 {
        var form = form
        form.node = node
        let producer = try KafkaProducer(kafka, ProducerTuning(linger: .zero, deliveryTimeout: Self.timeout))
        try producer.warmUp(topics: [TopicName.cacheRollout], timeout: Self.timeout)
        try producer.send(
            topic: TopicName.cacheRollout, partition: 0, key: Array(namespace.name.utf8), value: form.bytes, token: 1)
        var result: Delivery.Result?
        producer.flush(timeout: Self.timeout) { result = $0.result }
        switch result {
        case .stored(_, let offset): return offset
        case .failed(let error): throw error
        case nil: throw KafkaError.timedOut("storing a rollout on \(TopicName.cacheRollout)")
        }
    }
}
