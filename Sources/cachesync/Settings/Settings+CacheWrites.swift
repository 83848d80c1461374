import CacheNode
import Caches
import Runtime
import Storage

/// What outlives a write of the cache.
enum CacheDurability: String, CaseIterable, Sendable {
    /// Kafka has it before it is answered.
    case log
    case memory
}

// Durable writes of a cache node.
extension Settings {
    /// - Parameter isLogDurable: false where the cluster is in memory.
    /// - Returns: nil where no database is set.
    func cacheWrites(isLogDurable: Bool) throws -> WritesConfiguration? {
        guard var writes = try mainDatabase() else { return nil }
        writes.isLogDurable = isLogDurable
        writes.settings.delay = try sources.duration("cache.flushAfter", in: .milliseconds(10)...(.seconds(3_600)))
        writes.settings.countMax = try sources.int("cache.flushCount", in: 1...10_000)
        writes.sessionTimeout = try sources.duration("kafka.sessionTimeout", in: .seconds(1)...(.seconds(1800)))
        if let address = try sources.optional("cache.advertise") { writes.address = try address.nodeAddress() }
        writes.isForwarding = try sources.bool("cache.forward")
        return writes
    }

    /// Whether writes may be durable.
    func hasMainDatabase() throws -> Bool {
        try ["cache.database", "cache.api.writes", "cache.api.read"].contains { try sources.optional($0) != nil }
    }

    private func mainDatabase() throws -> WritesConfiguration? {
        let (writes, read) = (try sources.optional("cache.api.writes"), try sources.optional("cache.api.read"))
        guard let url = try sources.optional("cache.database") else { return try mainAPI(writes, read) }
        if let other = writes ?? read {
            throw ConfigurationError(
                at: other.origin, key: other.key,
                problem: "a cache has one main database, and cache.database is set as well",
                hint: "remove cache.database for the HTTP API, or cache.api for PostgreSQL")
        }
        do {
            return WritesConfiguration(database: try PostgresAddress(url.text))
        } catch {
            throw ConfigurationError(
                at: url.origin, key: "cache.database", problem: "\(error)",
                hint: "such as postgres://user@host/database; an HTTP API is set by cache.api.writes and cache.api.read"
            )
        }
    }

    private func mainAPI(_ writes: ConfigurationValue?, _ read: ConfigurationValue?) throws -> WritesConfiguration? {
        guard let writes, let read else {
            guard let one = writes ?? read else { return nil }
            throw ConfigurationError(
                at: one.origin, key: one.key, problem: "an HTTP API as the main database needs two addresses",
                hint: "set cache.api.\(writes == nil ? "writes" : "read"), too")
        }
        var api: MainAPIConfiguration
        do {
            api = try MainAPIConfiguration(writes: writes.text, read: read.text)
        } catch {
            switch error {
            case .writes:
                throw writes.invalid(
                    "an address for batches of writes", hint: "write it like https://api.internal/cache-writes")
            case .read:
                throw read.invalid("an address of things", hint: "write it like https://api.internal/things/{key}")
            }
        }
        api.token = try sources.optional("cache.api.token")?.text
        api.timeout = try sources.duration(
            "cache.api.timeout", in: .milliseconds(10)...MainAPIConfiguration.timeoutMax)
        return WritesConfiguration(api: api)
    }
}

extension ConfigurationValue {
    /// URL of scheme, host and port alone, without a slash at its end.
    fileprivate func nodeAddress() throws -> String {
        let address = text.hasSuffix("/") ? String(text.dropLast()) : text
        let host = ["http://", "https://"].first(where: address.hasPrefix).map { address.dropFirst($0.count) }
        guard let host, !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@".utf8.contains($0) })
        else {
            throw invalid("the address of a node", hint: "write it like http://cache-1:8090")
        }
        return address
    }
}
