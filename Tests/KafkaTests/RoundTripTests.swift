import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of records from producer to consumer.
@Suite("Round trip", .timeLimit(.minutes(2)))
struct RoundTripTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [KafkaHeader] = []
    }

    static let samples = [
        Sample(testDescription: "text", key: Array("shop".utf8), value: Array("{\"a\":1}".utf8)),
        Sample(testDescription: "tombstone", key: [1], value: nil),
        Sample(testDescription: "no key", key: nil, value: [1]),
        Sample(testDescription: "empty key and value", key: [], value: []),
        Sample(testDescription: "binary", key: [0, 255, 0], value: Array(0...255)),
        Sample(
            testDescription: "headers", key: [7], value: [8],
            headers: [
                KafkaHeader("a", "1"), KafkaHeader("a", "2"), KafkaHeader("null", nil), KafkaHeader("empty", []),
                KafkaHeader("binary", [0, 1, 255]), KafkaHeader("naïve ✓", "ü"),
            ]),
        Sample(testDescription: "900 KB", key: [9], value: [UInt8](repeating: 0x61, count: 900_000)),
    ]

    @Test(arguments: Cluster.available)
    func recordsArriveAsTheyWereSent(cluster: Cluster) throws {
        let topic = try cluster.topic()
        let producer = try topic.producer()
        let before = Int64(Date().timeIntervalSince1970 * 1_000)
        for (index, sample) in Self.samples.enumerated() {
            try producer.send(
                topic: topic.name, partition: 2, key: sample.key, value: sample.value, headers: sample.headers,
                token: UInt64(index))
        }
        var stored: [UInt64: Int64] = [:]
        let left = producer.flush(timeout: .seconds(30)) {
            if case .stored(2, let offset) = $0.result { stored[$0.token] = offset }
        }
        #expect(left == 0)

        let records = try topic.reader().read(Self.samples.count)
        for (index, (record, sample)) in zip(records, Self.samples).enumerated() {
            #expect(record.partition == 2)
            #expect(record.offset == stored[UInt64(index)])
            #expect(record.key == sample.key, "\(sample.testDescription)")
            #expect(record.value == sample.value, "\(sample.testDescription)")
            #expect(record.headers == sample.headers, "\(sample.testDescription)")
            #expect((record.timestamp ?? 0) >= before)
        }
    }

    @Test(arguments: Cluster.available)
    func tokensComeBackWholeAndOnce(cluster: Cluster) throws {
        let topic = try cluster.topic()
        let producer = try topic.producer()
        let tokens: [UInt64] = [0, 1, 42, 1 << 40, .max]
        for token in tokens { try producer.send(topic: topic.name, key: nil, value: [1], token: token) }
        #expect(producer.outstanding == tokens.count)
        var seen: [UInt64] = []
        producer.flush(timeout: .seconds(30)) { seen.append($0.token) }
        #expect(seen.sorted() == tokens.sorted())
        #expect(producer.outstanding == 0)
    }

    @Test func headersBeyondTheLimitsAreNotRead() throws {
        let topic = try Cluster.embedded.topic(partitions: 1)
        let producer = try topic.producer()
        let many = (0..<500).map { KafkaHeader("h\($0)", "x") }
        let large = [KafkaHeader("a", "1"), KafkaHeader("b", [UInt8](repeating: 1, count: 100_000))]
        for headers in [many, large] {
            try producer.send(topic: topic.name, key: nil, value: [1], headers: headers, token: 1)
        }
        producer.flush(timeout: .seconds(30))
        let consumer = try topic.reader()
        var lookups: [[UInt8]?] = []
        var read: [[KafkaHeader]] = []
        try eventually("two records") {
            _ = try consumer.records(of: TopicPartition(topic.name, 0), max: 10) { record in
                read.append(record.headers)
                lookups += [record.header("h7"), record.header("a"), record.header("b")]
            }
            return read.count == 2
        }
        #expect(read[0] == Array(many.prefix(KafkaRecord.headersMax)))
        #expect(read[1] == [KafkaHeader("a", "1")])
        #expect(lookups == [[0x78], nil, nil, nil, [0x31], nil])
    }

    @Test(arguments: Cluster.available)
    func endOfPartitionIsToldWithTheNextOffset(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 2)
        let producer = try topic.producer()
        for _ in 0..<10 { try producer.send(topic: topic.name, partition: 0, key: nil, value: [1], token: 1) }
        producer.flush(timeout: .seconds(30))
        let consumer = try topic.reader()
        var counts: [Int32: Int] = [:]
        var ends: [Int32: Int64] = [:]
        try eventually("both ends") {
            for partition in topic.all {
                let drained = try consumer.records(of: partition, max: 3) { _ in }
                counts[partition.partition, default: 0] += drained.count
                if let end = drained.end { ends[partition.partition] = end }
            }
            return ends.count == 2
        }
        #expect(ends == [0: 10, 1: 0])
        #expect(counts == [0: 10, 1: 0])
    }
}
