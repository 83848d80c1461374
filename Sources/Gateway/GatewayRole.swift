internal import HTTP
public import Runtime
internal import Synchronization

/// The HTTP gateway: publishers post to it, and ask it how far their requests are.
///
/// It listens at once and is ready when Kafka knows its topics; until then it answers, and refuses to publish.
public final class GatewayRole: Role {
    public let name: String
    private let configuration: GatewayConfiguration
    private let backlogGuard: (any PublishGuard)?
    private let mounted: (any MountedCalls)?
    private let registry: MetricsRegistry
    private let log: Log
    private let boundPort = Mutex<Int?>(nil)
    private let readiness = Mutex<HealthEndpoint?>(nil)
    private let entrance = Mutex<Entrance?>(nil)

    /// - Parameters:
    ///   - backlogGuard: says whether the log has capacity; nil where it always has.
    ///   - mounted: what is served at the same address.
    public init(
        _ configuration: GatewayConfiguration, backlogGuard: (any PublishGuard)? = nil,
        mounted: (any MountedCalls)? = nil, metrics registry: MetricsRegistry, log: Log, name: String = "gateway"
    ) {
        self.name = name
        self.configuration = configuration
        self.backlogGuard = backlogGuard
        self.mounted = mounted
        self.registry = registry
        self.log = log
    }

    /// The port that it listens at; nil before it does.
    public var port: Int? { boundPort.withLock { $0 } }

    /// Why it cannot do its work at this time; nil while it can. For readiness; from any thread.
    public var fault: String? {
        guard let readiness = readiness.withLock({ $0 }) else { return "the gateway does not run" }
        let faults = readiness.faults.compactMap { part, fault in fault.map { "\(part): \($0)" } }
        return faults.isEmpty ? nil : faults.joined(separator: "; ")
    }

    /// Changes who may do what, and limits, while the gateway runs. Nothing else of the configuration changes.
    ///
    /// - Throws: `ConfigurationError`; then all stays as it was.
    public func changeAccess(_ change: (inout GatewayConfiguration) throws -> Void) throws {
        guard let entrance = entrance.withLock({ $0 }) else { return }
        var changed = configuration
        try change(&changed)
        try entrance.replaceRules(changed)
    }

    /// - Throws: `HTTPServerError`, `KafkaError` for configurations that cannot be used, and the system's errors.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        let parts = try GatewayParts(
            configuration, backlogGuard: backlogGuard, mounted: mounted, registry: registry, log: log, stop: stop)
        readiness.withLock { $0 = parts.readiness }
        entrance.withLock { $0 = parts.entrance }
        defer {
            entrance.withLock { $0 = nil }
            readiness.withLock { $0 = nil }
            parts.end()
        }
        boundPort.withLock { $0 = parts.server.port }
        log.info("listening", ["http.address": configuration.http.address, "http.port": parts.server.port])
        parts.entrance.rules.warn(log)
        if configuration.isOpen {
            log.warning(
                "no token is configured: everybody who reaches this gateway may purge"
                    + (configuration.operatorTokens.isEmpty ? ", and may replay, redrive and discard" : ""))
        }
        try supervise(parts, stop, ready)
        parts.drain(stop)
    }

    /// Connects, then looks after what may fail, until it is time to stop.
    private func supervise(_ parts: GatewayParts, _ stop: StopSignal, _ ready: @Sendable () -> Void) throws {
        var isReady = false
        while stop.phase == .running {
            if parts.health.state != .fine {
                parts.probe(timeout: .seconds(isReady ? 2 : 5))
            }
            if !isReady, parts.health.state == .fine, parts.isKafkaKnown {
                isReady = true
                ready()
            }
            try parts.throwFailure()
            parts.refreshFiles()
            parts.countPartitions()
            stop.waitForPhase(.draining, timeout: isReady ? .seconds(1) : .milliseconds(20))
        }
    }
}
