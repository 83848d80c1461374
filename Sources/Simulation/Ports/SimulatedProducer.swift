internal import Invalidations
internal import Kafka
internal import Workers

/// Producer of a simulated worker: its records take a while to the broker, and their answers a while back.
final class SimulatedProducer: RecordProducer {
    private unowned let world: World
    private unowned let worker: SimulatedWorker
    /// What the loop has not been told.
    private var deliveries: [Delivery] = []

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
    }

    var fatalError: KafkaError? { nil }

    func warmUp(topics: [String], timeout: Duration) {}

    func updatePartitionCounts(_ counts: [String: Int]) {}

    func send(
        topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader], token: UInt64
    ) throws(KafkaError) {
        guard worker.isRunning, let content = worker.written[token] else { return }
        let record = OriginalRecord(
            key: key, value: value, headers: headers.map { RecordHeader(name: $0.name, value: $0.value) })
        world.post(
            ProducedRecord(
                worker: worker, producer: self, number: token, topic: topic, partition: partition, record: record,
                content: content))
    }

    func answer(_ produced: ProducedRecord) {
        deliveries.append(
            Delivery(
                token: produced.number,
                result: produced.isAcknowledged
                    ? .stored(partition: produced.partition ?? 0, offset: produced.offset)
                    : .failed(.failed(.messageTimedOut, "delivery"))))
    }

    func drainDeliveries(max: Int, _ body: (Delivery) -> Void) {
        let taken = deliveries
        deliveries.removeAll()
        for delivery in taken { body(delivery) }
    }

    func flush(timeout: Duration) {}
}
