import Foundation
import Invalidations
import JSON
import Kafka
import TopicCatalogue

/// Fills the invalidation topic.
struct Load {
    let kafka: KafkaConfiguration

    init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    func fill(_ count: Int, namespaces: Int) throws -> LoadSummary {
        let producer = try KafkaProducer(kafka, ProducerTuning())
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(30))
        var failures = 0
        var bytes = 0
        for number in 0..<count {
            let value = record(number, namespace: "shop-\(number % namespaces)")
            bytes += value.count
            try send(producer, key: Array("shop-\(number % namespaces)".utf8), value, &failures)
        }
        let left = producer.flush(timeout: .seconds(60)) { if case .failed = $0.result { failures += 1 } }
        guard failures == 0, left == 0 else { throw BenchmarkError("\(failures + left) records were not stored") }
        return LoadSummary(bytesPerRecord: bytes / count)
    }

    private func send(_ producer: KafkaProducer, key: [UInt8], _ value: [UInt8], _ failures: inout Int) throws {
        while true {
            do {
                return try producer.send(topic: TopicName.normal, key: key, value: value, token: 0)
            } catch KafkaError.queueFull {
                _ = producer.drainDeliveries(max: 10_000, timeout: .milliseconds(100)) {
                    if case .failed = $0.result { failures += 1 }
                }
            }
        }
    }

    private func record(_ number: Int, namespace: String) -> [UInt8] {
        let now = Timestamp.now()
        var writer = JSONWriter(capacity: 400)
        InvalidationEncoder.encode(
            Invalidation(
                id: RequestID(at: now), namespace: Namespace(namespace) ?? .default,
                selectors: Selectors(urls: ["http://shop.example/products/\(number)?colour=blue"]), requestedAt: now,
                source: "catalog-service"),
            into: &writer)
        return writer.bytes
    }
}

struct LoadSummary {
    let bytesPerRecord: Int
}
