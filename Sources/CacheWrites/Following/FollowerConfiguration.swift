public import Caches
public import Kafka
public import Storage
internal import TopicCatalogue

/// What a follower of the writes reads, where it flushes to, and within which bounds.
public struct FollowerConfiguration: Sendable {
    /// Group of all cache nodes of an installation: its members share the partitions, and so the keys.
    public static let group = "cachesync.cache"
    public static let defaultSchemaName = "cachesync_cache"

    public var kafka: KafkaConfiguration
    package let store: WriteStoreKind
    /// Schema of PostgreSQL's tables; it is made where it is missing.
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
        self.init(kafka: kafka, store: .postgres(database))
    }

    package init(kafka: KafkaConfiguration, store: WriteStoreKind) {
        self.kafka = kafka
        self.store = store
    }

    /// Opens the main database; to be called on the thread that owns it then.
    func storeOpener() -> @Sendable () throws(StorageError) -> any WriteStore {
        switch store {
        case .postgres(let address):
            let (schemaName, topic) = (schemaName, kafka.topicPrefix + TopicName.cacheWrites)
            return { () throws(StorageError) in try WriteDatabase(address, schemaName: schemaName, topic: topic) }
        case .rows(let open):
            let positions = GroupPositions(kafka)
            return { () throws(StorageError) in GroupStore(try open(), positions) }
        }
    }
}
