import Kafka
import Replays
import TestSupport
import TopicCatalogue
import Views

/// Orders that the gateway has stored, and dead letters for it to tell of.
extension GatewayFixture {
    /// All orders on the control topic, in order.
    func orders() throws -> [(run: String, order: RunOrder)] {
        try records(of: TopicName.control).map { record in
            let read = try Array(record.key.utf8).withUnsafeBytes { key in
                try record.value.withUnsafeBytes { try ControlRecord(key: key, value: $0) }
            }
            guard case .order(let run, let order) = read else {
                throw GatewayFixtureError(description: "the gateway wrote \(record.key)")
            }
            return (run, order)
        }
    }

    /// Folds all orders into the view, as a projector does.
    func foldOrders() throws {
        let writer = try view()
        var batch = ProjectionBatch()
        let partition = TopicPartition(TopicName.control, 0)
        for (offset, one) in try orders().enumerated() {
            batch.add(.order(one.run, one.order), from: partition, offset: Int64(offset))
        }
        try writer.apply(batch)
    }

    /// The headers that a worker gives a dead letter.
    static let deadHeaders = [
        KafkaHeader("cs-dlq-class", "permanent"), KafkaHeader("cs-seq", "cachesync.invalidations.normal/3/17"),
        KafkaHeader("cs-last-error", "varnish-1: 401"), KafkaHeader("cs-namespace", "shop"),
        KafkaHeader("cs-edges", "varnish-1"), KafkaHeader("cs-attempt", "3"),
    ]

    /// Writes records to one partition of a topic, and waits until they are stored.
    func store(_ values: [[UInt8]], in topic: String, _ partition: Int32 = 0, _ headers: [KafkaHeader] = []) throws {
        let producer = try KafkaProducer(KafkaConfiguration(brokers: cluster.brokers), ProducerTuning())
        try producer.warmUp(topics: [topic], timeout: .seconds(10))
        for (index, value) in values.enumerated() {
            try producer.send(
                topic: topic, partition: partition, key: Array("shop".utf8), value: value, headers: headers,
                token: UInt64(index + 1))
        }
        var stored = 0
        producer.flush(timeout: .seconds(20)) { if case .stored = $0.result { stored += 1 } }
        guard stored == values.count else { throw GatewayFixtureError(description: "\(stored) are stored") }
    }
}
