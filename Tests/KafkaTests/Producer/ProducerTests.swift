import Foundation
import Kafka
import Synchronization
import TestSupport
import Testing

/// Tests of the Kafka producer.
@Suite("Producer", .timeLimit(.minutes(2)))
struct ProducerTests {
    @Test func fullQueueIsAValueAndNothingIsLost() throws {
        let topic = try Cluster.embedded.topic()
        var tuning = ProducerTuning()
        tuning.queuedRecordsMax = 100
        let producer = try topic.producer(tuning)
        var accepted: Set<UInt64> = []
        var refused: KafkaError?
        for token in UInt64(0)..<200 where refused == nil {
            do throws(KafkaError) {
                try producer.send(topic: topic.name, key: nil, value: [1], token: token)
                accepted.insert(token)
            } catch { refused = error }
        }
        #expect(refused == .queueFull)
        #expect(accepted.count == 100)
        #expect(producer.outstanding == 100)

        var delivered: Set<UInt64> = []
        #expect(producer.flush(timeout: .seconds(30)) { delivered.insert($0.token) } == 0)
        #expect(delivered == accepted)
        try producer.store(topic.name, "capacity again")
    }

    @Test func manyThreadsSendWhileOneReadsDeliveries() throws {
        let topic = try Cluster.embedded.topic()
        let producer = try topic.producer(ProducerTuning(linger: .milliseconds(1), deliveryTimeout: .seconds(30)))
        let failures = Mutex<[KafkaError]>([])
        for thread in 0..<4 {
            Thread.detachNewThread {
                for index in 0..<500 {
                    let token = UInt64(thread * 500 + index)
                    do throws(KafkaError) {
                        try producer.send(topic: topic.name, key: [UInt8(thread)], value: [1], token: token)
                    } catch {
                        failures.withLock { $0.append(error) }
                    }
                }
            }
        }
        var tokens: Set<UInt64> = []
        try eventually("2,000 deliveries") {
            producer.drainDeliveries(max: 100, timeout: .milliseconds(100)) { tokens.insert($0.token) }
            return tokens.count == 2_000
        }
        #expect(failures.withLock { $0 } == [])
        #expect(producer.outstanding == 0)
    }

    @Test func deliveriesWakeTheDescriptor() throws {
        let topic = try Cluster.embedded.topic()
        let producer = try topic.producer()
        let pipe = try TestPipe()
        producer.wake(on: pipe.writeEnd)
        #expect(pipe.waitAndDrain(), "what came before is told at once")
        for round in UInt64(0)..<3 {
            producer.drainDeliveries(max: 10) { _ in }
            pipe.drain()
            try producer.send(topic: topic.name, key: nil, value: [1], token: round)
            var token: UInt64?
            while token == nil {
                try #require(pipe.waitAndDrain())
                producer.drainDeliveries(max: 10) { token = $0.token }
            }
            #expect(token == round)
        }
    }

    @Test(arguments: Cluster.available)
    func partitionOutsideOfTheTopicIsRefusedAtOnce(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 4)
        let producer = try topic.producer()
        #expect(try producer.partitions(of: topic.name) == 4)
        for partition in [Int32(4), -2, .max] {
            #expect(throws: KafkaError.unknownPartition(TopicPartition(topic.name, partition), partitions: 4)) {
                try producer.send(
                    topic: topic.name, partition: partition, key: nil, value: [1],
                    headers: [KafkaHeader("a", "b")], token: 1)
            }
        }
        #expect(throws: KafkaError.unknownPartition(TopicPartition("elsewhere", 0), partitions: nil)) {
            try producer.send(topic: "elsewhere", partition: 0, key: nil, value: [1], token: 1)
        }
        #expect(producer.outstanding == 0)
    }

    @Test(arguments: Cluster.available)
    func tooLargeRecordIsRefusedAtOnce(cluster: Cluster) throws {
        let topic = try cluster.topic()
        let producer = try topic.producer()
        let error = #expect(throws: KafkaError.self) {
            try producer.send(
                topic: topic.name, key: nil, value: [UInt8](repeating: 1, count: 1_100_000),
                headers: [KafkaHeader("a", "b")], token: 1)
        }
        #expect(error?.code == .messageTooLarge)
        #expect(producer.outstanding == 0)
    }

    @Test(.realKafka)
    func unknownTopicIsNamedByTheWarmUp() throws {
        let producer = try KafkaProducer(KafkaCluster.configuration())
        let error = #expect(throws: KafkaError.self) {
            try producer.warmUp(topics: ["there-is-no-such-topic"], timeout: .seconds(10))
        }
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(error?.description.contains("there-is-no-such-topic") == true)
    }

    @Test func recordThatCannotBeDeliveredFailsInItsTime() throws {
        let topic = try Cluster.embedded.topic()
        let producer = try topic.producer(ProducerTuning(linger: .zero, deliveryTimeout: .milliseconds(500)))
        try topic.cluster?.setBroker(1, isUp: false)
        try producer.send(topic: topic.name, key: nil, value: [1], token: 7)
        var deliveries: [Delivery] = []
        producer.flush(timeout: .seconds(30)) { deliveries.append($0) }
        #expect(deliveries.map(\.token) == [7])
        guard case .failed(let error)? = deliveries.first?.result else {
            Issue.record("stored without a broker")
            return
        }
        #expect(error.code == .messageTimedOut)
    }

    @Test func brokerThatComesBackGetsTheRecords() throws {
        let topic = try Cluster.embedded.topic()
        let producer = try topic.producer()
        try topic.cluster?.setBroker(1, isUp: false)
        for token in UInt64(0)..<50 { try producer.send(topic: topic.name, key: nil, value: [1], token: token) }
        try topic.cluster?.setBroker(1, isUp: true)
        var stored: Set<UInt64> = []
        producer.flush(timeout: .seconds(30)) { if case .stored = $0.result { stored.insert($0.token) } }
        #expect(stored == Set(0..<50))
    }

    @Test func unknownHostIsNamed() throws {
        let producer = try KafkaProducer(KafkaConfiguration(brokers: ["no-such-host.invalid:9092"]))
        let error = #expect(throws: KafkaError.self) {
            try producer.warmUp(topics: ["t"], timeout: .seconds(1))
        }
        #expect(error?.description.contains("no-such-host.invalid") == true, "\(error?.description ?? "")")
    }

    @Test func refusedConnectionIsNamed() throws {
        let port = try freePort()
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: ["127.0.0.1:\(port)"]))
        let error = #expect(throws: KafkaError.self) { try admin.metadata(timeout: .seconds(1)) }
        #expect(error?.description.contains("127.0.0.1:\(port)") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("refused") == true, "\(error?.description ?? "")")
    }
}
