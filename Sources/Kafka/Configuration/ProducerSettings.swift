/// The producer's settings.
public enum ProducerSettings {
    public static func table(_ tuning: ProducerTuning) -> [KafkaSetting] {
        [
            KafkaSetting("enable.idempotence", "true", "a retried batch is stored once, and in order"),
            KafkaSetting("acks", "all", "stored means stored on every replica in sync"),
            KafkaSetting("max.in.flight.requests.per.connection", 5, "the most that keeps order"),
            KafkaSetting("linger.ms", tuning.linger, "a batch waits so long for company"),
            KafkaSetting("batch.num.messages", 10_000, "batches are bounded by bytes, not by count"),
            KafkaSetting("batch.size", 1_000_000, "the default of the brokers' limit for a batch"),
            KafkaSetting("message.max.bytes", tuning.recordBytesMax, "a larger record is refused at once"),
            KafkaSetting("compression.type", "lz4", "cheap for both ends"),
            KafkaSetting("partitioner", "murmur2_random", "the same key goes where JVM producers put it"),
            KafkaSetting("delivery.timeout.ms", tuning.deliveryTimeout, "then the delivery reports a failure"),
            KafkaSetting("queue.buffering.max.messages", tuning.queuedRecordsMax, "a full queue is backpressure"),
            KafkaSetting("queue.buffering.max.kbytes", tuning.queuedKilobytesMax, "and so are its bytes"),
            KafkaSetting("statistics.interval.ms", tuning.statisticsInterval, "the numbers behind the metrics"),
            KafkaSetting("debug", "eos", "the only sign that the producer has its identity; never a line per record"),
        ]
    }
}
