internal import CacheWrites
public import Caches
public import Storage

/// Durable writes of a node: the database that gets them, when, and where clients find the node.
public struct WritesConfiguration: Sendable {
    /// The main database, which gets the writes of the log, and has what the cache misses.
    public enum Database: Sendable {
        case postgres(PostgresAddress)
        case api(MainAPIConfiguration)
    }

    public var database: Database
    /// Schema of PostgreSQL's tables; it is made where it is missing.
    public var schemaName = FollowerConfiguration.defaultSchemaName
    /// When writes are flushed, and how many may wait.
    public var settings = WriteSettings()
    /// URL at which clients reach this node, for other nodes that send them here; empty where there is only one.
    public var address = ""
    /// Whether the node asks the owner of a key in the name of its client; otherwise it sends the client there.
    public var isForwarding = true
    /// False where the log is in memory, so that its death takes writes along.
    public var isLogDurable = true
    public var sessionTimeout = Duration.seconds(15)

    public init(database: PostgresAddress) {
        self.database = .postgres(database)
    }

    public init(api: MainAPIConfiguration) {
        database = .api(api)
    }
}
