import CacheNode
import Caches
import Foundation
import Kafka
import Storage
import TestSupport
import Testing
import TopicCatalogue

/// Nodes with durable writes on a real Kafka, and a database on a real PostgreSQL.
final class DurableFixture: Sendable {
    static var missing: Comment { Comment(rawValue: PostgresServer.missing ?? KafkaCluster.missing ?? "") }
    static var isAvailable: Bool { PostgresServer.isAvailable && KafkaCluster.isAvailable }

    let kafka: KafkaConfiguration
    let database: String

    /// - Parameter purpose: part of the topics' prefix.
    init(_ purpose: String) throws {
        var kafka = try KafkaCluster.configuration()
        kafka.topicPrefix = KafkaCluster.uniqueName(purpose) + "."
        self.kafka = kafka
        let small = TopicCatalogue.all.map { definition in
            var definition = definition
            definition.partitions = min(definition.partitions, 3)
            return definition
        }
        try TopicSetup.apply(small, to: KafkaAdmin(kafka))
        database = try PostgresCluster.createDatabase()
    }

    func node(
        address: String = "", _ configure: (inout CacheConfiguration) -> Void = { _ in }
    ) throws -> CacheFixture {
        let postgres = try PostgresAddress(database)
        return try CacheFixture(kafka: kafka) { configuration in
            var writes = WritesConfiguration(database: postgres)
            writes.address = address
            writes.settings.delay = .milliseconds(50)
            writes.settings.pauseFirst = .milliseconds(50)
            writes.sessionTimeout = .seconds(6)
            configuration.writes = writes
            configure(&configuration)
        }
    }

    func connect() throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        return try PostgresConnection(PostgresAddress(database), options: options)
    }

    /// - Parameter key: without quotes.
    func removeRow(_ key: String) throws { try connect().run("DELETE FROM entries WHERE key = '\(key)'") }

    /// Changes a row as others do, past the cache.
    func change(_ key: String, to value: String) throws {
        try connect().run("UPDATE entries SET value = '\(value)' WHERE key = '\(key)'")
    }

    /// Makes a row as others do, from that of another key.
    func addRow(_ key: String, like other: String) throws {
        try connect().run(
            """
            INSERT INTO entries SELECT namespace, '\(key)', value, tags, fresh_ns, stale_while_revalidate_ns,
                stale_if_error_ns, written_at, log_generation, log_offset FROM entries WHERE key = '\(other)'
            """)
    }

    /// Values by key, as the database has them.
    func rows() throws -> [String: String] {
        let connection = try connect()
        var rows: [String: String] = [:]
        try connection.run("SELECT key, value FROM entries").forEachRow { row in
            rows[String(decoding: row.bytes(0), as: UTF8.self)] = String(decoding: row.bytes(1), as: UTF8.self)
        }
        return rows
    }
}
