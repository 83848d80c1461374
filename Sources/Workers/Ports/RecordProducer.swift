package import Kafka

/// Writes a worker's records. Kafka stands behind it, or a simulated log.
package protocol RecordProducer: AnyObject {
    /// The error after which nothing can be sent any more, if there was one.
    var fatalError: KafkaError? { get }
    /// Waits until records for the topics can be sent without delay.
    func warmUp(topics: [String], timeout: Duration) throws(KafkaError)
    /// Takes over how many partitions the topics have now.
    func updatePartitionCounts(_ counts: [String: Int]) throws(KafkaError)
    /// Hands a record over; a delivery with the same token says what became of it.
    ///
    /// - Parameter partition: nil for the one that the key says.
    func send(
        topic: String, partition: Int32?, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader], token: UInt64
    ) throws(KafkaError)
    /// Takes deliveries that have come.
    func drainDeliveries(max: Int, _ body: (Delivery) -> Void)
    /// Takes deliveries until all that was sent is answered, or the time is over.
    func flush(timeout: Duration)
}

extension KafkaProducer: RecordProducer {
    package func drainDeliveries(max: Int, _ body: (Delivery) -> Void) {
        drainDeliveries(max: max, timeout: .zero, body, notice: { _ in })
    }

    package func flush(timeout: Duration) { flush(timeout: timeout, { _ in }) }
}
