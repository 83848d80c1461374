import Foundation
import Invalidations
import JSON
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// What no publisher should send, sent to a worker process on a real Kafka.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct GarbageTests {
    static let garbage: [[UInt8]?] = [
        nil, [], [0], Array("no JSON".utf8), Array("[1,2]".utf8), Array("{\"tags\":".utf8),
        [0xFF, 0xFE, 0x80], Array("{\"tags\":[\"".utf8) + [0xC3, 0x28] + Array("\"]}".utf8),
        Array(#"{"id":7,"tags":"a"}"#.utf8), Array(#"{"id":"0190a1b2-0000-7000-8000-000000000001","tags":[]}"#.utf8),
        Array(#"{"tags":["a"]}"#.utf8),
        Array(repeating: UInt8(ascii: "["), count: 100_000), [UInt8](repeating: 0, count: 1_000_000),
        Array(#"{"x":"#.utf8) + Array(repeating: UInt8(ascii: "x"), count: 2_000_000),
    ]

    @Test(.timeLimit(.minutes(2)))
    func garbageGoesToTheDeadTopicByteForByteAndTheWorkerGoesOn() throws {
        let broker = try KafkaBroker()
        let directory = try TemporaryDirectory("garbage")
        let recorder = try PurgeRecorder()
        defer { recorder.stop() }
        try directory.write(
            "cachesync.yaml",
            """
            kafka: {brokers: ["\(broker.brokers[0])"]}
            edges:
              - {name: recorder, adapter: http, address: "\(recorder.address)", limits: {requests: none}}

            """)
        let options = ["--config", directory.file("cachesync.yaml")]
        try makeTopics(broker)
        let worker = try BuiltCommand.startProcess(["worker"] + options, output: directory.file("worker.log"))
        defer { worker.kill() }

        let good = Array(#"{"id":"0190a1b2-0000-7000-8000-000000000002","namespace":"shop","tags":["good"]}"#.utf8)
        try publish(Self.garbage + [good], to: broker)
        try eventually("what comes behind the garbage is purged", within: .seconds(60)) { recorder.count == 1 }
        #expect(worker.isRunning)

        let deadLetters = try deadLetters(of: broker, count: Self.garbage.count)
        #expect(deadLetters.map(\.value) == Self.garbage)
        for deadLetter in deadLetters {
            #expect(deadLetter.key == Array("shop".utf8))
            #expect(deadLetter.headers["cs-dlq-class"] == "undecodable")
            #expect(deadLetter.headers["cs-last-error"]?.isEmpty == false)
            #expect(deadLetter.headers["cs-seq"]?.hasPrefix("cachesync.invalidations.normal/") == true)
        }
    }

    /// The normal topic takes records as large as the garbage here; the shipped one refuses them at the publisher.
    private func makeTopics(_ broker: KafkaBroker) throws {
        let admin = try KafkaAdmin(broker.configuration)
        var definitions = TopicCatalogue.all
        for index in definitions.indices where definitions[index].name == TopicName.normal {
            definitions[index].config["max.message.bytes"] = "4000000"
        }
        try TopicSetup.apply(definitions, to: admin)
    }

    private func publish(_ values: [[UInt8]?], to broker: KafkaBroker) throws {
        var tuning = ProducerTuning()
        tuning.recordBytesMax = 4_000_000
        let producer = try KafkaProducer(broker.configuration, tuning)
        try producer.warmUp(topics: [TopicName.normal], timeout: .seconds(30))
        var failures: [KafkaError] = []
        for value in values {
            try producer.send(topic: TopicName.normal, key: Array("shop".utf8), value: value, token: 0)
        }
        let left = producer.flush(timeout: .seconds(30)) { delivery in
            if case .failed(let error) = delivery.result { failures.append(error) }
        }
        #expect(failures.isEmpty && left == 0, "\(failures)")
    }

    private struct DeadLetterRecord {
        let key: [UInt8]?
        let value: [UInt8]?
        let headers: [String: String]
    }

    private func deadLetters(of broker: KafkaBroker, count: Int) throws -> [DeadLetterRecord] {
        let consumer = try KafkaConsumer(broker.configuration, ConsumerTuning())
        defer { _ = consumer.close(deadline: .seconds(5)) }
        let partitions = (0..<12).map { TopicPartition(TopicName.dead, Int32($0)) }
        try consumer.assignPartitions(partitions.map { TopicPartitionOffset($0, .beginning) })
        var deadLetters: [DeadLetterRecord] = []
        try eventually("\(count) dead letters", within: .seconds(30)) {
            consumer.poll { _ in }
            for partition in partitions {
                _ = try consumer.records(of: partition, max: 100) { record in
                    let headers = record.headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }
                    deadLetters.append(
                        DeadLetterRecord(
                            key: record.key.map { Array($0) }, value: record.value.map { Array($0) },
                            headers: Dictionary(headers) { $1 }))
                }
            }
            return deadLetters.count >= count
        }
        return deadLetters
    }
}
