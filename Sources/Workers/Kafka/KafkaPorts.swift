package import Kafka
package import Runtime

/// A worker's consumer, observer and producers on Kafka, and the pipes that wake its loop.
///
/// Two producers, so that a flood of reports cannot take the capacity that retry records and dead letters need.
package struct KafkaPorts {
    /// Reports can wait: the next one says it all again, and the offset waits with the last one.
    private static let redeliverable = Duration.seconds(120)
    /// How long records wait for company. Nobody waits for them but their offsets, and a broker that has to take many
    /// small batches makes everybody wait, publishers included.
    private static let retriesLinger = Duration.milliseconds(50)
    private static let reportsLinger = Duration.milliseconds(20)
    /// Dead letters are as large as what publishers may send, and their headers come on top.
    private static let recordBytesMax = 8 << 20

    private let kafkaConsumer: KafkaRecordConsumer
    package let observer: (any ClusterObserver)?
    package let retryProducer: KafkaProducer
    package let progressProducer: KafkaProducer

    package var consumer: any RecordConsumer { kafkaConsumer }

    package init(_ configuration: WorkerConfiguration, log: Log) throws {
        kafkaConsumer = try KafkaRecordConsumer(configuration)
        observer = configuration.partitionSource == .group ? try ClusterWatch(configuration.kafka, log: log) : nil
        var tuning = ProducerTuning(linger: Self.retriesLinger, deliveryTimeout: Self.redeliverable)
        tuning.recordBytesMax = Self.recordBytesMax
        retryProducer = try KafkaProducer(configuration.kafka, tuning)
        progressProducer = try KafkaProducer(
            configuration.kafka, ProducerTuning(linger: Self.reportsLinger, deliveryTimeout: Self.redeliverable))
    }

    /// Writes to the descriptors when something comes.
    ///
    /// - Parameters:
    ///   - events: for all but records; a topic's records come with its own of `records`.
    ///   - deliveries: for what became of records that were sent.
    func wake(events: Int32, records: [String: Int32], deliveries: Int32) {
        kafkaConsumer.wake(on: events, topics: records)
        retryProducer.wake(on: deliveries)
        progressProducer.wake(on: deliveries)
    }
}
