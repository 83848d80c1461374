import Kafka
import TestSupport
import Testing

/// Tests of a broker that restarts.
@Suite("Broker restart", .timeLimit(.minutes(3)))
struct RestartTests {
    /// Records are sent and read across a clean and an unclean end of the broker; none is lost or doubled.
    @Test(.ownBroker, arguments: [true, false])
    func recordsAndClientsSurvive(isClean: Bool) throws {
        let broker = try KafkaBroker()
        let admin = try KafkaAdmin(broker.configuration)
        #expect(try admin.createTopics([NewTopic("t", partitions: 1)]).map(\.error) == [nil])
        let producer = try KafkaProducer(
            broker.configuration, ProducerTuning(linger: .zero, deliveryTimeout: .seconds(120)))
        try producer.warmUp(topics: ["t"], timeout: .seconds(30))
        let consumer = try KafkaConsumer(broker.configuration, ConsumerTuning())
        try consumer.assignPartitions([TopicPartitionOffset(TopicPartition("t", 0), .beginning)])

        try producer.store("t", "0")
        #expect(try consumer.read(1).count == 1)
        if isClean { try broker.stop() } else { broker.kill() }
        #expect(!broker.isRunning)
        for index in UInt64(1)..<100 {
            try producer.send(topic: "t", key: nil, value: Array("\(index)".utf8), token: index)
        }
        try broker.startBroker()
        var stored: [UInt64] = []
        let left = producer.flush(timeout: .seconds(100)) { if case .stored = $0.result { stored.append($0.token) } }
        #expect(left == 0)
        #expect(stored == Array(1..<100))
        let texts = try consumer.read(99, within: .seconds(60)).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        #expect(texts == (1..<100).map { "\($0)" })
        #expect(consumer.close(deadline: .seconds(20)))
    }
}
