public import Gateway
internal import HTTP
public import Runtime
internal import Synchronization

/// A cache node: serves the cache store over HTTP, and forgets what the log invalidates.
///
/// It listens at once, and is ready when it is in step with the log; until then all reads are misses. Its entries are
/// in memory, so a restart begins empty, unless there is a disk behind it; durable writes are in their log and in the
/// main database as well.
public final class CacheRole: Role {
    /// Leases end, and metrics move on, as often.
    private static let tick = Duration.milliseconds(250)

    public let name: String
    private let configuration: CacheConfiguration
    private let registry: MetricsRegistry
    private let log: Log
    private let boundPort = Mutex<Int?>(nil)
    private let router = CacheCalls()
    private let findFault = Mutex<(@Sendable () -> String?)?>(nil)

    public init(
        _ configuration: CacheConfiguration, metrics registry: MetricsRegistry, log: Log, name: String = "cache"
    ) {
        self.name = name
        self.configuration = configuration
        self.registry = registry
        self.log = log
    }

    /// Its calls, for another server of the process.
    public var calls: any MountedCalls { router }

    /// The port that it listens at; nil before it does.
    public var port: Int? { boundPort.withLock { $0 } }

    /// Why it cannot do its work at this time; nil while it can. For readiness; from any thread.
    public var fault: String? {
        guard let findFault = findFault.withLock({ $0 }) else { return "the cache does not run" }
        return findFault()
    }

    /// - Throws: `HTTPServerError`, `KafkaError` for configurations that cannot be used, and the system's errors.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        let parts = try CacheParts(configuration, registry: registry, log: log, stop: stop)
        findFault.withLock { $0 = parts.findFault }
        router.open(parts.router)
        defer {
            router.close()
            findFault.withLock { $0 = nil }
            parts.end()
        }
        boundPort.withLock { $0 = parts.server.port }
        let http = configuration.server.http
        log.info("listening", ["role": name, "http.address": http.address, "http.port": parts.server.port])
        sayDurability()
        parts.entrance.warn(log)
        if configuration.server.isOpen {
            log.warning("no token is configured: everybody who reaches this cache may read and change it", [:])
        }
        var isReady = false
        while stop.phase == .running {
            if !isReady, parts.findFault() == nil {
                isReady = true
                ready()
            }
            try parts.throwFailure()
            parts.keepTime()
            stop.waitForPhase(.draining, timeout: isReady ? Self.tick : .milliseconds(20))
        }
    }

    private func sayDurability() {
        let memory = configuration.memory
        if let disk = configuration.disk {
            log.info("the cache keeps entries on disk, too", ["path": disk.path, "bytes": disk.bytesMax])
            if configuration.writes == nil { return }
        }
        guard let writes = configuration.writes else {
            return log.info(
                "the cache keeps its entries in memory only: a restart begins empty", ["cache.memory": memory])
        }
        guard writes.isLogDurable else {
            return log.warning(
                "the log of writes is in memory: what the database does not have yet ends with this process",
                ["cache.memory": memory])
        }
        log.info("writes of the cache go to the log and to its database", ["cache.memory": memory])
    }
}
