import CacheNode
import Caches
import Runtime
import Storage

// Origins of the cache that are queries of a PostgreSQL database.
extension Settings {
    /// - Returns: nil where the origin is none of that kind.
    func cacheSQLOrigin(_ section: ConfigurationSection) throws -> SQLOriginConfiguration? {
        guard let statement = try section.optional("sql") else { return nil }
        try section.allow(["sql", "database", "connections", "timeout", "staleWhileRevalidate", "staleIfError"])
        guard let url = try section.optional("database", isSecret: true) ?? sources.optional("cache.database") else {
            throw statement.invalid(
                "a query that some database answers",
                hint: "set database of this origin, or cache.database, such as postgres://user@host/database")
        }
        let address: PostgresAddress
        do {
            address = try PostgresAddress(url.text)
        } catch {
            throw ConfigurationError(
                at: url.origin, key: url.key, problem: "\(error)", hint: "such as postgres://user@host/database")
        }
        guard var origin = SQLOriginConfiguration(statement.text, database: address) else {
            throw statement.invalid(
                "a query for keys",
                hint: "it has the keys as $1, an array of texts: SELECT key, value FROM things WHERE key = ANY($1)")
        }
        origin.connections =
            try section.optional("connections")?.int(in: 1...SQLOriginConfiguration.connectionsMax)
            ?? origin.connections
        origin.timeout =
            try section.optional("timeout")?.duration(in: .milliseconds(10)...OriginConfiguration.timeoutMax)
            ?? origin.timeout
        let windows = Duration.zero...CacheLimits.lifetimeMax
        origin.staleWhileRevalidate =
            try section.optional("staleWhileRevalidate")?.duration(in: windows) ?? origin.staleWhileRevalidate
        origin.staleIfError = try section.optional("staleIfError")?.duration(in: windows) ?? origin.staleIfError
        return origin
    }
}
