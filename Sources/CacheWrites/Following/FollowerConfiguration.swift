public import Caches
public import Kafka
public import Storage

/// What a follower of the writes reads, where it flushes to, and within which bounds.
public struct FollowerConfiguration: Sendable {
    /// Group of all cache nodes of an installation: its members share the partitions, and so the keys.
    public static let group = "cachesync.cache"
    public static let defaultSchemaName = "cachesync_cache"

    public var kafka: KafkaConfiguration
    public var database: PostgresAddress
    /// Schema of the tables; it is made where it is missing.
    public var schemaName = Self.defaultSchemaName
    public var settings = WriteSettings()
    /// URL at which clients find this process; empty where it has none.
    public var address = ""
    /// Threads that ask the database, each with a connection.
    public var databaseThreads = 4
    public var sessionTimeout = Duration.seconds(15)
    /// How long a follower that ends waits for what is on its way.
    public var drainMax = Duration.seconds(5)
    public var observer: (any WriteObserver)?

    public init(kafka: KafkaConfiguration, database: PostgresAddress) {
        self.kafka = kafka
        self.database = database
    }
}
