import Kafka
import TestSupport
import TopicCatalogue

/// Records of rollouts as the log has them, past any node.
struct RolloutRecords {
    private let kafka: KafkaConfiguration

    init(_ kafka: KafkaConfiguration) {
        self.kafka = kafka
    }

    func all() throws -> [String] {
        let partition = TopicPartition(TopicName.cacheRollout, 0)
        let ends = try KafkaConsumer(kafka, ConsumerTuning()).ends(of: [partition], timeout: .seconds(10))
        var records: [String] = []
        try LogRangeReader.readAll(kafka, ends.map { LogRange($0.key, from: 0, to: $0.value) }) { record in
            records.append(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
        }
        return records
    }

    /// Of the namespace `shop`.
    func publish(_ text: String) throws {
        let producer = try KafkaProducer(kafka, ProducerTuning())
        try producer.warmUp(topics: [TopicName.cacheRollout], timeout: .seconds(30))
        try producer.send(
            topic: TopicName.cacheRollout, partition: 0, key: Array("shop".utf8), value: Array(text.utf8), token: 1)
        _ = producer.flush(timeout: .seconds(30)) { _ in }
    }
}
