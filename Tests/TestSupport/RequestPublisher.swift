public import Invalidations
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
    /// By the request's number, when Kafka's acknowledgement came.
    public private(set) var storedAt: [MonotonicTime?] = []

    /// - Parameter linger: how long a request waits for company on its way to Kafka.
    public init(
        _ kafka: KafkaConfiguration, topic: String = TopicName.normal, linger: Duration = .milliseconds(1)
    ) throws {
        producer = try KafkaProducer(kafka, ProducerTuning(linger: linger, deliveryTimeout: .seconds(30)))
        self.topic = topic
        try producer.warmUp(topics: [topic], timeout: .seconds(30))
    }

    /// Hands a request for one tag over to be sent.
    ///
    /// - Returns: its number, from 0.
    @discardableResult
    public func publish(namespace: String, tag: String, notBefore: Timestamp? = nil) throws -> Int {
        let now = Timestamp.now()
        return try publish(
            Invalidation(
                id: RequestID(at: now), namespace: Namespace(namespace) ?? .default,
                selectors: Selectors(tags: [tag]), requestedAt: now, notBefore: notBefore,
                source: "test"))
    }

    /// Hands any request over to be sent.
    @discardableResult
    public func publish(_ request: Invalidation) throws -> Int {
        writer.reset()
        InvalidationEncoder.encode(request, into: &writer)
        let number = storedAt.count
        storedAt.append(nil)
        try send(number, key: Array(request.namespace.name.utf8), writer.bytes)
        return number
    }

    private func send(_ number: Int, key: [UInt8], _ value: [UInt8]) throws {
        while true {
            do {
                return try producer.send(topic: topic, key: key, value: value, token: UInt64(number))
            } catch KafkaError.queueFull {
                takeDeliveries(within: .milliseconds(100))
            }
        }
    }

    /// Takes what Kafka has answered, until that time.
    public func takeDeliveries(until time: MonotonicTime) {
        while true {
            let left = time - .now()
            guard left > .zero else { return }
            takeDeliveries(within: left)
        }
    }

    /// Waits until all that was published is stored.
    public func finish() throws {
        let left = producer.flush(timeout: .seconds(60)) { recordDelivery($0) }
        guard failures.isEmpty, left == 0 else {
            throw ProcessWorldError("\(failures.count + left) requests were not stored: \(failures.prefix(1))")
        }
    }

    private func takeDeliveries(within timeout: Duration) {
        producer.drainDeliveries(max: 1, timeout: timeout) { recordDelivery($0) }
    }

    private func recordDelivery(_ delivery: Delivery) {
        switch delivery.result {
        case .stored: storedAt[Int(delivery.token)] = .now()
        case .failed(let error): failures.append(error)
        }
    }
}
