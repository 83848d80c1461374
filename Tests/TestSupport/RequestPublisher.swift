import Invalidations
import JSON
public import Kafka
public import Runtime
public import TopicCatalogue

/// Publishes requests as another service would: straight to Kafka.
public final class RequestPublisher {
    private let producer: KafkaProducer
    private let topic: String
    private var writer = JSONWriter(capacity: 400)
    private var failures: [KafkaError] = []

    public init(_ kafka: KafkaConfiguration, topic: String = TopicName.normal) throws {
        producer = try KafkaProducer(
            kafka, ProducerTuning(linger: .milliseconds(1), deliveryTimeout: .seconds(30)))
        self.topic = topic
        try producer.warmUp(topics: [topic], timeout: .seconds(30))
    }

    /// Hands a request for one tag over to be sent.
    public func publish(namespace: String, tag: String) throws {
        let now = Timestamp.now()
        writer.reset()
        InvalidationEncoder.encode(
            Invalidation(
                id: RequestID(at: now), namespace: Namespace(namespace) ?? .default,
                selectors: Selectors(tags: [tag]), requestedAt: now, source: "test"),
            into: &writer)
        try send(key: Array(namespace.utf8), writer.bytes)
    }

    private func send(key: [UInt8], _ value: [UInt8]) throws {
        while true {
            do {
                return try producer.send(topic: topic, key: key, value: value, token: 0)
            } catch KafkaError.queueFull {
                takeDeliveries(within: .milliseconds(100))
            }
        }
    }

    /// Takes what Kafka has answered, until that time.
    public func wait(until time: MonotonicTime) {
        while true {
            let left = time - .now()
            guard left > .zero else { return }
            takeDeliveries(within: left)
        }
    }

    /// Waits until all that was published is stored.
    public func finish() throws {
        let left = producer.flush(timeout: .seconds(60)) { take($0) }
        guard failures.isEmpty, left == 0 else {
            throw ProcessWorldError("\(failures.count + left) requests were not stored: \(failures.prefix(1))")
        }
    }

    private func takeDeliveries(within timeout: Duration) {
        producer.drainDeliveries(max: 1, timeout: timeout) { take($0) }
    }

    private func take(_ delivery: Delivery) {
        if case .failed(let error) = delivery.result { failures.append(error) }
    }
}
