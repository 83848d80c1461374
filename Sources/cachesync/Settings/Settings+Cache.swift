import CacheNode
import Caches
import Edges
import Gateway
import HTTP
import Invalidations
import Kafka
import Runtime

// Settings of a cache node.
extension Settings {
    static let cacheNamespaces = ConfigurationKey(
        "cache.namespaces", environment: nil, isStructured: true,
        help: "Rules of namespaces in the cache: a list of names, memory, entries, ttl, ttlMax, rules, refillDelay, "
            + "durability, origin, mirrors, warming and putScope")

    static let cacheDisk = ConfigurationKey(
        "cache.disk", environment: nil, isStructured: true,
        help: "File that keeps entries on disk as well, across restarts: path, and bytes (10GiB)")

    private static let cacheListen = HostPort(host: "127.0.0.1", port: 8_090)

    /// Whether anything of the cache is set, so that `cachesync up` runs a node.
    func hasCache() throws -> Bool {
        // Where commands find a node says nothing about this process.
        for key in sources.keys where key.name.hasPrefix("cache.") && key.name != "cache.url" {
            if key.isStructured {
                if sources.node(at: key.name) != nil { return true }
            } else if let value = try sources.optional(key.name), value.origin != .default {
                return true
            }
        }
        return false
    }

    /// Where a node of these settings listens.
    func cacheListen() throws -> HostPort {
        try sources.optional("cache.listen")?.hostPort() ?? Self.cacheListen
    }

    /// - Parameter isLogDurable: false where the cluster is in memory.
    func cache(kafka: KafkaConfiguration, isLogDurable: Bool = true) throws -> CacheConfiguration {
        var configuration = CacheConfiguration(kafka: kafka)
        configuration.memory = try sources.value("cache.memory")
            .byteCount(in: CacheConfiguration.memoryMin...(1 << 44))
        configuration.compressedFrom = try sources.value("cache.compression").compressedFrom()
        configuration.lagMax = try sources.duration("cache.lag", in: .seconds(2)...(.seconds(3_600)))
        configuration.rules.lifetimeMax = try sources.value("cache.ttlMax").lifetime()
        configuration.rules.lifetimeUsual = try sources.value("cache.ttl").lifetime()
        configuration.disk = try cacheDisk(isLogDurable: isLogDurable)
        configuration.namespaces = try cacheRules(configuration.rules)
        configuration.writes = try cacheWrites(isLogDurable: isLogDurable)
        let listen = try cacheListen()
        configuration.server.http.address = listen.host
        configuration.server.http.port = listen.port
        configuration.server.http.perAddressLimit = try sources.int("gateway.connectionsPerAddress", in: 0...20_000)
        try setCacheAccess(of: &configuration.server)
        return configuration
    }

    /// - Parameter isLogDurable: false where the log of invalidations ends with the process.
    private func cacheDisk(isLogDurable: Bool) throws -> DiskConfiguration? {
        guard let section = try sources.section(Self.cacheDisk.name) else { return nil }
        try section.allow(["path", "bytes"])
        var disk = DiskConfiguration(path: sources.path(try section.value("path")))
        disk.bytesMax =
            try section.optional("bytes")?.byteCount(in: DiskConfiguration.bytesMin...(1 << 44)) ?? disk.bytesMax
        disk.outlivesProcess = isLogDurable
        return disk
    }

    /// The gateway's keys, signed tokens, limits, origins and certificate, and a token of the cache's own.
    private func setCacheAccess(of server: inout GatewayConfiguration) throws {
        try setSharedAccess(of: &server)
        if let token = try sources.optional("cache.token") {
            // Where everybody may publish at the gateway, so may those who hold it.
            if server.isOpen { server.tokens.append(token.text) }
            server.cacheTokens.append(token.text)
        }
        try checkProfile(of: server, section: "cache", credentials: "cache.token, gateway.keys or gateway.jwt")
        guard server.isOpen, !server.isOnLoopback, !server.requiresCertificates, try !sources.bool("cache.open") else {
            return
        }
        throw ConfigurationError(
            at: try sources.optional("cache.listen")?.origin ?? .default, key: "cache.listen",
            problem: "\(try cacheListen()) is reached by other machines, and the cache asks for no credential",
            hint: """
                set cache.token, gateway.keys (made by `cachesync keys create --scope cache`) or gateway.jwt; or \
                listen at 127.0.0.1; or set cache.open: true, and everybody who reaches it may read and change it
                """)
    }

    private func cacheRules(_ rules: NamespaceRules) throws -> [CacheConfiguration.NamespaceEntry] {
        var entries: [CacheConfiguration.NamespaceEntry] = []
        for section in try sources.sections(Self.cacheNamespaces.name) {
            try section.allow([
                "names", "memory", "entries", "ttl", "ttlMax", "rules", "refillDelay", "durability", "origin",
                "mirrors", "warming", "putScope",
            ])
            var own = rules
            own.bytesMax = try section.optional("memory")?.byteCount(in: 1_024...(1 << 44)) ?? own.bytesMax
            own.entriesMax = try section.optional("entries")?.int(in: 1...1_000_000_000) ?? own.entriesMax
            own.lifetimeMax = try section.optional("ttlMax")?.lifetime() ?? own.lifetimeMax
            own.lifetimeUsual = try section.optional("ttl")?.lifetime() ?? own.lifetimeUsual
            own.lifetimeRules = try LifetimeRuleReader(sections: section.sections("rules")).rules()
            own.refillDelay =
                try section.optional("refillDelay")?.duration(in: .zero...(.seconds(3_600))) ?? own.refillDelay
            let origins = try section.section("origin")
            let sqlOrigin = try origins.flatMap(cacheSQLOrigin)
            let origin = sqlOrigin == nil ? try origins.map(cacheOrigin) : nil
            let durability = try section.optional("durability")?.choice(CacheDurability.self)
            if durability == .log, try origins != nil || !hasMainDatabase() {
                throw try section.value("durability").invalid(
                    "what this namespace can have",
                    hint: "durable writes need cache.database or cache.api, and a namespace that has no origin")
            }
            let putScope = try section.optional("putScope")?.choice(PutScope.self) ?? .cache
            own.mirrors = try section.section("mirrors").map(mirrorRules)
            own.warming = try section.section("warming").map(warmingRules)
            if own.warming != nil, try origin == nil && (durability == .memory || !hasCacheDatabase()) {
                throw try section.value("names").invalid(
                    "a namespace that can be warmed", hint: "warming needs an origin, or cache.database, to load from")
            }
            for pattern in try section.value("names").namespacePatterns() {
                var entry = CacheConfiguration.NamespaceEntry(pattern, own, origin: origin)
                entry.isDurable = durability != .memory
                entry.putScope = putScope
                entry.sqlOrigin = sqlOrigin
                entries.append(entry)
            }
        }
        return entries
    }

    private func cacheOrigin(_ section: ConfigurationSection) throws -> OriginConfiguration {
        try section.allow([
            "http", "sql", "timeout", "token", "staleWhileRevalidate", "staleIfError", "write", "compareIgnore",
        ])
        let template = try section.value("http")
        guard var origin = OriginConfiguration(template.text) else {
            throw template.invalid(
                "the address of an origin", hint: "write it like http://api.internal/products/{key}")
        }
        origin.timeout =
            try section.optional("timeout")?.duration(in: .milliseconds(10)...OriginConfiguration.timeoutMax)
            ?? origin.timeout
        origin.token = try section.optional("token", isSecret: true)?.text
        let windows = Duration.zero...CacheLimits.lifetimeMax
        origin.staleWhileRevalidate =
            try section.optional("staleWhileRevalidate")?.duration(in: windows) ?? origin.staleWhileRevalidate
        origin.staleIfError = try section.optional("staleIfError")?.duration(in: windows) ?? origin.staleIfError
        origin.write = try section.section("write").map(cacheOriginWrite)
        if let ignored = try section.optional("compareIgnore") {
            origin.comparison = ValueComparison(ignoring: try ignored.pointers())
        }
        return origin
    }

    private func cacheOriginWrite(_ section: ConfigurationSection) throws -> OriginConfiguration.Write {
        try section.allow(["url", "method"])
        let (url, method) = (try section.value("url"), try section.optional("method"))
        if let method, !OriginConfiguration.Write.methods.contains(method.text) {
            throw method.invalid(
                "a method of writes", hint: "one of \(OriginConfiguration.Write.methods.joined(separator: ", "))")
        }
        guard let write = OriginConfiguration.Write(url.text, method: method?.text ?? "PUT") else {
            throw url.invalid(
                "the address that accepts writes", hint: "write it like http://api.internal/products/{key}")
        }
        return write
    }
}

extension ConfigurationValue {
    /// Parts of documents that are not compared.
    fileprivate func pointers() throws(ConfigurationError) -> [JSONPointer] {
        let texts = list()
        guard texts.count <= JSONPointer.countMax else {
            throw invalid("at most \(JSONPointer.countMax) pointers")
        }
        var pointers: [JSONPointer] = []
        for text in texts {
            guard let pointer = JSONPointer(text) else {
                throw invalid("a list of JSON pointers", hint: "such as /updatedAt or /items/*/price")
            }
            pointers.append(pointer)
        }
        return pointers
    }

    /// From how many bytes on something is done; nil for `off`.
    fileprivate func compressedFrom() throws(ConfigurationError) -> Int? {
        guard text != "off" else { return nil }
        do {
            return try byteCount(in: 1_024...CacheLimits.valueBytes)
        } catch {
            throw invalid("a number of bytes from 1KiB to 1MiB, or off", hint: "such as 4KiB")
        }
    }

    /// How long entries may live.
    fileprivate func lifetime() throws(ConfigurationError) -> Duration {
        try duration(in: .milliseconds(1)...CacheLimits.lifetimeMax)
    }
}
