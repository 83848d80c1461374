import Kafka
import TestSupport
import Testing

/// Tests of the partitioner.
@Suite("Partitioner", .timeLimit(.minutes(2)))
struct PartitionerTests {
    /// The vectors of the JVM client's own test.
    static let vectors: [(String, Int32)] = [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ]

    /// With as many partitions as there are positive numbers, the partition is the hash without its sign.
    @Test(arguments: vectors)
    func hashIsTheOneOfTheJVM(key: String, hash: Int32) {
        #expect(Partitioner.partition(ofKey: Array(key.utf8), count: .max) == hash & .max)
    }

    @Test(arguments: Cluster.available)
    func recordsLandWhereTheirKeySays(cluster: Cluster) throws {
        let topic = try cluster.topic(partitions: 12)
        let producer = try topic.producer()
        let keys = Self.vectors.map(\.0) + (0..<50).map { "shop-\($0)" }
        for (index, key) in keys.enumerated() {
            try producer.send(topic: topic.name, key: Array(key.utf8), value: [1], token: UInt64(index))
        }
        var partitions: [UInt64: Int32] = [:]
        producer.flush(timeout: .seconds(30)) {
            if case .stored(let partition, _) = $0.result { partitions[$0.token] = partition }
        }
        for (index, key) in keys.enumerated() {
            #expect(partitions[UInt64(index)] == Partitioner.partition(ofKey: Array(key.utf8), count: 12), "\(key)")
        }
        for (key, hash) in Self.vectors {
            #expect(Partitioner.partition(ofKey: Array(key.utf8), count: 12) == (hash & .max) % 12)
        }
    }
}
