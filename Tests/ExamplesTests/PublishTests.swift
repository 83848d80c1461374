import Foundation
import Invalidations
import Kafka
import TestSupport
import Testing
import TopicCatalogue

/// What the examples publish is what the contract asks for, whatever the language.
@Suite(.enabled(if: Example.has("kcat"), "kcat is not installed"))
struct PublishTests {
    private static let hasPythonClient = Example.pythonHas("confluent_kafka")

    @Test(.enabled(if: hasPythonClient, "python3-confluent-kafka is not installed"), .timeLimit(.minutes(2)))
    func pythonPublishesWhatItWasAskedTo() throws {
        let cluster = try PublishedCluster()
        let ids = try cluster.publish([
            "/usr/bin/python3", Example.path("publish.py"), "--brokers", cluster.bootstrap, "--namespace", "shop",
            "--tag", "product-42", "--url", "https://shop.example/p/42", "--prefix", "https://shop.example/c/",
            "--soft", "--priority", "high",
        ])
        let record = try #require(try cluster.records(of: TopicName.high).first)
        #expect(ids == [record.invalidation.id.text])
        #expect(record.key == "shop")
        #expect(record.invalidation.namespace.name == "shop")
        #expect(
            record.invalidation.selectors
                == Selectors(
                    tags: ["product-42"], urls: ["https://shop.example/p/42"], prefixes: ["https://shop.example/c/"]))
        #expect(record.invalidation.mode == .soft)
        #expect(record.invalidation.priority == .high)
        #expect(abs(record.invalidation.requestedAt.milliseconds - Timestamp.now().milliseconds) < 120_000)
    }

    @Test(.enabled(if: hasPythonClient, "python3-confluent-kafka is not installed"), .timeLimit(.minutes(2)))
    func pythonSpreadsLoadOverNamespaces() throws {
        let cluster = try PublishedCluster()
        let ids = try cluster.publish([
            "/usr/bin/python3", Example.path("publish.py"), "--brokers", cluster.bootstrap, "--namespace", "load",
            "--tag", "t-{n}", "--count", "500", "--namespaces", "20",
        ])
        let records = try cluster.records(of: TopicName.normal)
        #expect(Set(ids) == Set(records.map(\.invalidation.id.text)))
        #expect(ids.count == 500)
        let byNamespace = Dictionary(grouping: records) { $0.invalidation.namespace.name }
        #expect(byNamespace.count == 20)
        for (namespace, records) in byNamespace {
            #expect(Set(records.map(\.partition)).count == 1, "\(namespace) has one order")
            let numbers = records.compactMap { Int($0.invalidation.selectors.tags[0].dropFirst(2)) }
            #expect(numbers == numbers.sorted(), "\(namespace) is in the order of publishing")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func theShellPublishesWhatItWasAskedTo() throws {
        let cluster = try PublishedCluster()
        let ids = try cluster.publish(
            [Example.path("publish.sh"), "shop", "product-42", "https://shop.example/p/42"],
            environment: ["BROKERS": cluster.bootstrap, "PRIORITY": "low"])
        let record = try #require(try cluster.records(of: TopicName.low).first)
        #expect(ids == [record.invalidation.id.text])
        #expect(record.key == "shop")
        #expect(
            record.invalidation.selectors == Selectors(tags: ["product-42"], urls: ["https://shop.example/p/42"]))
        #expect(record.invalidation.priority == .low)
        #expect(abs(record.invalidation.requestedAt.milliseconds - Timestamp.now().milliseconds) < 120_000)
    }

    @Test(.enabled(if: hasPythonClient, "python3-confluent-kafka is not installed"), .timeLimit(.minutes(2)))
    func allLanguagesAgreeOnThePartition() throws {
        let cluster = try PublishedCluster()
        for namespace in ["default", "shop", "blog", "a.b_c:d-e"] {
            _ = try cluster.publish(
                [Example.path("publish.sh"), namespace, "t"], environment: ["BROKERS": cluster.bootstrap])
            _ = try cluster.publish([
                "/usr/bin/python3", Example.path("publish.py"), "--brokers", cluster.bootstrap,
                "--namespace", namespace, "--tag", "t",
            ])
        }
        let records = try cluster.records(of: TopicName.normal)
        #expect(records.count == 8)
        for record in records {
            #expect(record.partition == Murmur2.partition(of: record.key, among: 12), "\(record.key)")
        }
    }

    @Test(.enabled(if: hasPythonClient, "python3-confluent-kafka is not installed"), .timeLimit(.minutes(2)))
    func aRequestWithoutSelectorIsNotPublished() throws {
        let result = try Example.run(["/usr/bin/python3", Example.path("publish.py"), "--namespace", "shop"])
        #expect(result.status == 2)
        #expect(result.output.contains("say what is stale"))
    }
}

/// An embedded cluster with the topics of the contract, read with a client that is not ours.
private struct PublishedCluster {
    struct Record {
        let partition: Int
        let key: String
        let invalidation: Invalidation
    }

    private let cluster: EmbeddedCluster

    var bootstrap: String { cluster.bootstrap }

    init() throws {
        cluster = try EmbeddedCluster()
        try TopicSetup.apply(to: cluster)
    }

    /// - Returns: the lines that the example printed: the ids of its requests.
    func publish(_ arguments: [String], environment: [String: String] = [:]) throws -> [String] {
        let result = try Example.run(arguments, environment: environment)
        #expect(result.status == 0, "\(result.output)")
        return result.output.split(separator: "\n").map(String.init)
    }

    func records(of topic: String) throws -> [Record] {
        let result = try Example.run([
            "kcat", "-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p\t%k\t%s\n",
        ])
        let decoder = InvalidationDecoder()
        return try result.output.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", maxSplits: 2)
            try #require(parts.count == 3, "\(line)")
            let invalidation = try Array(parts[2].utf8).withUnsafeBytes { bytes in
                try decoder.decode(record: bytes, time: Timestamp(milliseconds: 0))
            }
            return Record(partition: try #require(Int(parts[0])), key: String(parts[1]), invalidation: invalidation)
        }
    }
}

/// The partitioner of JVM clients, written down once more from its definition.
private enum Murmur2 {
    static func partition(of key: String, among count: Int) -> Int {
        Int(hash(Array(key.utf8)) & 0x7fff_ffff) % count
    }

    private static func hash(_ bytes: [UInt8]) -> UInt32 {
        let factor: UInt32 = 0x5bd1_e995
        var hash = 0x9747_b28c ^ UInt32(bytes.count)
        let whole = bytes.count / 4 * 4
        for start in stride(from: 0, to: whole, by: 4) {
            var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
            word = word &* factor
            word ^= word >> 24
            hash = hash &* factor ^ (word &* factor)
        }
        for (index, byte) in bytes[whole...].enumerated() { hash ^= UInt32(byte) << (8 * UInt32(index)) }
        if whole < bytes.count { hash = hash &* factor }
        hash ^= hash >> 13
        hash = hash &* factor
        return hash ^ hash >> 15
    }
}
