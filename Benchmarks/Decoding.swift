import Invalidations
import Kafka
import TopicCatalogue

/// Consumes and decodes the records, and does nothing with them.
struct Decoding {
    let kafka: KafkaConfiguration

    init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    /// - Returns: records a second, from the first one on.
    func run(_ count: Int) throws -> Double {
        let consumer = try KafkaConsumer(kafka, ConsumerTuning())
        let partitions = Partitions.all(of: TopicName.normal)
        try consumer.assignPartitions(partitions.map { TopicPartitionOffset($0, .beginning) })
        let decoder = InvalidationDecoder()
        let clock = ContinuousClock()
        var begin: ContinuousClock.Instant?
        var seen = 0
        var failures = 0
        while seen < count {
            for partition in partitions {
                let drained = try consumer.records(of: partition, max: 1_000) { record in
                    guard let value = record.value else { return failures += 1 }
                    do {
                        _ = try decoder.decode(record: value, time: Timestamp(milliseconds: 0))
                    } catch {
                        failures += 1
                    }
                }
                if begin == nil, drained.count > 0 { begin = clock.now }
                seen += drained.count
            }
            consumer.poll(timeout: .zero) { _ in }
        }
        guard failures == 0 else { throw BenchmarkError("\(failures) records could not be decoded") }
        defer { _ = consumer.close(deadline: .seconds(5)) }
        return Double(count) / ((begin ?? clock.now).duration(to: clock.now) / .seconds(1))
    }
}

enum Partitions {
    static func all(of topic: String) -> [TopicPartition] {
        (0..<(TopicCatalogue.definition(named: topic)?.partitions ?? 0)).map { TopicPartition(topic, Int32($0)) }
    }
}
