import Admin
import Bridges
import CacheNode
import Edges
import Foundation
import Gateway
import HTTP
import Invalidations
import Kafka
import Replayer
import Replays
import Runtime
import Views
import Workers

/// Makes the roles of this process as the settings say.
struct RoleFactory {
    private let settings: Settings
    private let metrics = MetricsRegistry()
    private let checks = HealthChecks()
    let reload: SettingsReload

    init(_ settings: Settings) {
        self.settings = settings
        reload = SettingsReload(settings)
        metrics.gauge(
            "cachesync_build_info", help: "1, with the version of this build.", labels: ["version": ProgramVersion.text]
        ).set(1)
    }

    func gateway(
        kafka: KafkaConfiguration, view: ViewLocation? = nil, backlogGuard: (any PublishGuard)? = nil,
        mounted: (any MountedCalls)? = nil
    ) throws -> any Role {
        let edges = try settings.someEdges()
        var configuration = GatewayConfiguration(
            kafka: kafka, edges: edges.map(\.profile),
            view: try view ?? settings.view())
        configuration.sharing = edges.map(\.sharing)
        let listen = try settings.sources.hostPort("gateway.listen")
        configuration.http.address = listen.host
        configuration.http.port = listen.port
        configuration.publishTimeout = try settings.sources.duration(
            "gateway.publishTimeout", in: .milliseconds(100)...GatewayConfiguration.publishTimeoutMax)
        configuration.viewLagMax = try viewLag()
        configuration.http.perAddressLimit = try settings.sources.int("gateway.connectionsPerAddress", in: 0...20_000)
        configuration.streamsMax = try settings.sources.int("gateway.streamsMax", in: 0...50_000)
        configuration.streamsPerClient = try settings.sources.int("gateway.streamsPerClient", in: 1...50_000)
        configuration.workers = try settings.workers()
        configuration.workerGroup = try settings.sources.string("worker.group")
        configuration.strictNamespaces =
            try settings.sources.optional("worker.strictNamespaces")?.namespacePatterns() ?? []
        try settings.setAccess(of: &configuration)
        let role = GatewayRole(
            configuration, backlogGuard: backlogGuard, mounted: mounted, metrics: metrics, log: settings.log)
        checks.add(role.name) { role.fault }
        reload.add(role)
        return role
    }

    /// - Parameter backlogGuard: of a cluster that keeps little, and in memory.
    func cache(kafka: KafkaConfiguration, backlogGuard: (any PublishGuard)? = nil) throws -> CacheRole {
        var configuration = try settings.cache(kafka: kafka, isLogDurable: backlogGuard == nil)
        configuration.publishGuard = backlogGuard
        let role = CacheRole(configuration, metrics: metrics, log: settings.log)
        checks.add(role.name) { role.fault }
        return role
    }

    /// The node of a process with all roles; none where nothing of the cache is set.
    func caches(kafka: KafkaConfiguration, backlogGuard: (any PublishGuard)? = nil) throws -> [CacheRole] {
        try settings.hasCache() ? [cache(kafka: kafka, backlogGuard: backlogGuard)] : []
    }

    /// The first role to start, where an address for it is set: it tells how the others are, those made before it and
    /// those made after it.
    ///
    /// - Parameter kafka: the cluster whose silence is told.
    func admin(kafka: KafkaConfiguration) throws -> [any Role] {
        guard try settings.sources.optional("admin.listen") != nil else { return [] }
        let listen = try settings.sources.hostPort("admin.listen")
        let probe = try KafkaProbe(kafka)
        checks.add("kafka") { probe.fault }
        var configuration = HTTPServerConfiguration(address: listen.host, port: listen.port)
        // For a few machines that ask small questions.
        configuration.threads = 1
        configuration.connectionLimit = 64
        configuration.requestTimeout = .seconds(10)
        configuration.bodyBytesMax = 1_024
        return [AdminServer(configuration, checks: checks, metrics: metrics, log: settings.log)]
    }

    private func viewLag() throws -> Duration {
        try settings.sources.duration("view.lag", in: .seconds(2)...(.seconds(86_400)))
    }

    /// As many workers as threads are asked for, each a member of the group of its own; one where it takes all
    /// partitions.
    ///
    /// - Parameter retryBytesMax: what the cluster holds of one retry partition, if that is little.
    func workers(
        kafka: KafkaConfiguration, partitionSource: WorkerConfiguration.PartitionSource = .group,
        retryBytesMax: Int? = nil,
        onCommit: (@Sendable (String, Int32, Int64) -> Void)? = nil
    ) throws -> [any Role] {
        let edges = try settings.someEdges()
        try EdgeNames.check(edges)
        let name = try settings.instanceName()
        let asked = try settings.sources.int("worker.threads", in: 1...64)
        let threads = partitionSource == .allPartitions ? 1 : asked
        let sessionTimeout = try settings.sources.duration("kafka.sessionTimeout", in: .seconds(1)...(.seconds(1800)))
        let workerMetrics = WorkerMetrics(metrics)
        return try (1...threads).map { number in
            var configuration = WorkerConfiguration(
                kafka: kafka, edges: edges, name: threads == 1 ? name : "\(name)-\(number)",
                group: try settings.sources.string("worker.group"), partitionSource: partitionSource,
                core: try settings.workerSettings())
            configuration.sessionTimeout = sessionTimeout
            configuration.retryBytesMax = retryBytesMax
            configuration.onCommit = onCommit
            let worker = ObservedRole(Worker(configuration, metrics: workerMetrics, log: settings.log))
            checks.add(worker.name) { worker.fault }
            return worker
        }
    }

    /// Beside a projector, whose view it reads.
    func replayer(kafka: KafkaConfiguration, view: ViewLocation? = nil) throws -> any Role {
        var configuration = try settings.replays(kafka: kafka, view: view)
        configuration.sessionTimeout = try settings.sources.duration(
            "kafka.sessionTimeout", in: .seconds(1)...(.seconds(1800)))
        let runner = ReplayRunner(configuration, log: settings.log)
        checks.add(runner.name) { runner.problem }
        return runner
    }

    /// The one that reads all topics of other systems; none where none is configured.
    ///
    /// - Parameter backlogGuard: of a cluster that keeps little in memory.
    func bridges(kafka: KafkaConfiguration, backlogGuard: (any PublishGuard)? = nil) throws -> [any Role] {
        var configuration = try settings.bridge(kafka: kafka)
        guard !configuration.mappings.isEmpty else { return [] }
        if let backlogGuard {
            configuration.admission = BridgeConfiguration.Admission(
                admit: { backlogGuard.admit(bytes: $0) },
                stored: { backlogGuard.stored(bytes: $0, topic: $1, partition: $2, offset: $3) },
                abandon: { backlogGuard.abandon(bytes: $0) })
        }
        let bridge = Bridge(configuration, metrics: metrics, log: settings.log)
        checks.add(bridge.name) { bridge.problem }
        return [bridge]
    }

    func projector(
        kafka: KafkaConfiguration, view: ViewLocation? = nil, isRebuild: Bool = false,
        onFolded: (@Sendable ([TopicPartition: Int64]) -> Void)? = nil
    ) throws -> any Role {
        var configuration = ProjectorConfiguration(
            kafka: kafka, view: try view ?? settings.view())
        configuration.rebuilds = isRebuild
        configuration.onFolded = onFolded
        configuration.workers = ProjectorConfiguration.Workers(group: try settings.sources.string("worker.group"))
        configuration.lagMax = try viewLag()
        configuration.retention = try settings.viewRetention()
        let projector = Projector(configuration, log: settings.log, metrics: metrics)
        checks.add(projector.name) { projector.problem }
        return projector
    }
}
