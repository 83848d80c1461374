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
        guard let url = try sources.optional("cache.database") else { return nil }
        var writes: WritesConfiguration
        do {
            writes = WritesConfiguration(database: try PostgresAddress(url.text))
        } catch {
            throw ConfigurationError(
                at: url.origin, key: "cache.database", problem: "\(error)",
                hint: "such as postgres://user@host/database")
        }
        writes.isLogDurable = isLogDurable
        writes.settings.delay = try sources.duration("cache.flushAfter", in: .milliseconds(10)...(.seconds(3_600)))
        writes.settings.countMax = try sources.int("cache.flushCount", in: 1...10_000)
        writes.sessionTimeout = try sources.duration("kafka.sessionTimeout", in: .seconds(1)...(.seconds(1800)))
        if let address = try sources.optional("cache.advertise") { writes.address = try address.nodeAddress() }
        writes.isForwarding = try sources.bool("cache.forward")
        return writes
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
