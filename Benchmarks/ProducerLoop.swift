import Invalidations
import JSON
import Kafka
import Runtime
import TestSupport
import TopicCatalogue

/// Records sent straight to Kafka: what a publisher's call costs at least.
///
/// The loop is closed: so many records are on the way, and each acknowledgement lets the next one go. That is how
/// publishers behave who wait for their answers.
struct ProducerLoop {
    /// About as many as there are of a busy site's.
    private static let keys = 100

    private let producer: KafkaProducer
    private let pipe: WakePipe
    private let topic: String
    private let value: (Int) -> [UInt8]

    /// - Parameters:
    ///   - linger: zero is what the gateway and the cache node use.
    ///   - value: of the record with that number.
    init(
        _ world: ProcessWorld, topic: String, linger: Duration = .zero, value: @escaping (Int) -> [UInt8]
    ) throws {
        producer = try KafkaProducer(
            world.broker.configuration, ProducerTuning(linger: linger, deliveryTimeout: .seconds(30)))
        try producer.warmUp(topics: [topic], timeout: .seconds(30))
        pipe = try WakePipe()
        producer.wake(on: pipe.writeDescriptor)
        self.topic = topic
        self.value = value
    }

    /// - Returns: how long each record was on its way.
    func run(onTheWay: Int, for time: Duration = .seconds(5)) throws -> [Duration] {
        var sent: [MonotonicTime] = []
        var latencies: [Duration] = []
        let end = MonotonicTime.now() + time
        while true {
            while sent.count - latencies.count < onTheWay && MonotonicTime.now() < end {
                let token = UInt64(sent.count)
                sent.append(.now())
                try producer.send(
                    topic: topic, key: Array(Self.key(sent.count).utf8), value: value(sent.count), token: token)
            }
            guard latencies.count < sent.count else { return latencies }
            guard MonotonicTime.now() < end + .seconds(30) else { throw BenchmarkError("not acknowledged") }
            var failure: KafkaError?
            let drained = producer.drainDeliveries(max: onTheWay) { delivery in
                if case .failed(let error) = delivery.result { failure = error }
                latencies.append(.now() - sent[Int(delivery.token)])
            }
            if let failure { throw failure }
            if drained == 0 {
                pipe.waitForWake(atMost: .milliseconds(100))
                pipe.drain()
            }
        }
    }

    /// The record that a gateway makes of a request for a tag.
    static func request(_ number: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        guard let namespace = Namespace(key(number)) else { return [] }
        let now = Timestamp.now()
        InvalidationEncoder.encode(
            Invalidation(
                id: RequestID(at: now), namespace: namespace, selectors: Selectors(tags: ["product-\(number)"]),
                requestedAt: now, source: "bench"),
            into: &writer)
        return writer.bytes
    }

    private static func key(_ number: Int) -> String { "shop-\(number % keys)" }

    /// Records a second.
    func rate(onTheWay: Int) throws -> Double {
        let time = Duration.seconds(5)
        return Double(try run(onTheWay: onTheWay, for: time).count) / (time / .seconds(1))
    }
}
