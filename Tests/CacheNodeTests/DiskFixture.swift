import CacheNode
import Invalidations
import Kafka
import Runtime
import Storage
import TestSupport
import Testing
import TopicCatalogue

/// A log, and a folder for the file of a cache node.
final class DiskFixture: Sendable {
    let directory: TemporaryDirectory
    let kafka: KafkaConfiguration
    private let cluster: EmbeddedCluster
    let path: String

    init() throws {
        directory = try TemporaryDirectory("cache-disk")
        path = directory.file("cache.db")
        cluster = try EmbeddedCluster()
        for topic in TopicCatalogue.all { try cluster.createTopic(topic.name, partitions: topic.partitions) }
        kafka = KafkaConfiguration(brokers: [cluster.bootstrap])
    }

    /// A node with this file.
    func node(
        path: String? = nil, _ configure: (inout CacheConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        try CacheFixture(kafka: kafka) { configuration in
            configuration.disk = DiskConfiguration(path: path ?? self.path)
            configure(&configuration)
        }
    }

    /// Damages the row of a key, behind the back of its node.
    func change(_ assignment: String, of key: String) throws {
        let connection = try Connection(path: path, access: .write)
        try connection.execute("UPDATE entries SET \(assignment) WHERE key = CAST('\(key)' AS BLOB)")
    }

    /// So many rows were dropped alone, and the file is still in use.
    func expectDroppedRows(_ count: Int, _ node: CacheFixture) throws {
        try eventually("they are counted") {
            node.metrics.exposition().contains("cachesync_cache_disk_damaged_rows_total \(count)\n")
        }
        #expect(try node.diskProblem == nil)
    }

    func publish(_ selectors: Selectors, notBefore: Timestamp? = nil) throws {
        let publisher = try RequestPublisher(kafka)
        let now = Timestamp.now()
        try publisher.publish(
            Invalidation(
                id: RequestID(at: now), namespace: .default, selectors: selectors, mode: .hard, requestedAt: now,
                notBefore: notBefore, source: "test"))
        try publisher.finish()
    }
}

extension CacheFixture {
    /// Why it has no disk.
    var diskProblem: String? {
        get throws {
            let stats = try RawHTTP.get(port, "/cache/stats").object["disk"] as? [String: Any]
            return stats?["problem"] as? String
        }
    }
}
