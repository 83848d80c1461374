import CacheNode
import Foundation
import Gateway
import Kafka
import Mappings
import Runtime
import TopicCatalogue
import Views
import Workers

/// All roles in one process: on a cluster that --brokers names, or on one of its own.
struct UpCommand {
    private let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
    }

    func run() throws -> ExitCode {
        _ = try settings.someEdges()
        _ = try settings.bridges()
        try settings.checkBrokersOfProfile()
        try settings.checkListenAddress()
        if try settings.hasCache() { try settings.checkCacheAddress() }
        return try settings.hasBrokers ? onCluster() : onEmbeddedCluster()
    }

    private func onCluster() throws -> ExitCode {
        let kafka = try settings.kafka()
        for topic in try applyTopics(to: kafka).missing { Output.notice("created topic \(topic.name)") }
        let factory = RoleFactory(settings)
        let caches = try factory.caches(kafka: kafka)
        return try run(
            factory.admin(kafka: kafka) + [factory.projector(kafka: kafka)] + factory.workers(kafka: kafka)
                + [factory.replayer(kafka: kafka)] + factory.bridges(kafka: kafka) + caches
                + [factory.gateway(kafka: kafka, mounted: caches.first?.calls)],
            factory)
    }

    /// Tries until the brokers answer, as the roles would.
    private func applyTopics(to kafka: KafkaConfiguration) throws -> TopicPlan {
        while true {
            do throws(KafkaError) {
                return try TopicSetup.apply(to: KafkaAdmin(kafka))
            } catch {
                guard error.exitCode == .unavailable else { throw error }
                settings.log.warning("waiting for Kafka", ["error": "\(error)"])
            }
        }
    }

    private func onEmbeddedCluster() throws -> ExitCode {
        let cluster = try EmbeddedCluster()
        try TopicSetup.apply(to: cluster)
        // For trying out: on a real cluster they belong to those who write them.
        for topic in Set(try settings.bridges().map(\.topic)) { try cluster.createTopic(topic, partitions: 4) }
        let kafka = KafkaConfiguration(brokers: [cluster.bootstrap])
        let view = try TemporaryView()
        defer { view.remove() }
        Output.notice(
            "embedded broker at \(cluster.bootstrap): in memory only, everything in it ends with this process")

        let backlog = EmbeddedBacklog()
        let onCommit: @Sendable (String, Int32, Int64) -> Void = { topic, partition, offset in
            backlog.committed(topic: topic, partition: partition, offset: offset, by: .worker)
        }
        let onFolded: @Sendable ([TopicPartition: Int64]) -> Void = { offsets in
            // Only what publishers cause is counted.
            for (partition, offset) in offsets where TopicName.invalidations.contains(partition.topic) {
                backlog.committed(
                    topic: partition.topic, partition: partition.partition, offset: offset, by: .projector)
            }
        }
        let factory = RoleFactory(settings)
        let caches = try factory.caches(kafka: kafka, backlogGuard: backlog)
        let code = try run(
            factory.admin(kafka: kafka) + [factory.projector(kafka: kafka, view: .file(view.path), onFolded: onFolded)]
                + factory.workers(
                    kafka: kafka, partitionSource: .allPartitions, retryBytesMax: EmbeddedBacklog.defaultBytesMax,
                    onCommit: onCommit)
                + [factory.replayer(kafka: kafka, view: .file(view.path))]
                + factory.bridges(kafka: kafka, backlogGuard: backlog) + caches
                + [
                    factory.gateway(
                        kafka: kafka, view: .file(view.path), backlogGuard: backlog, mounted: caches.first?.calls)
                ], factory)
        withExtendedLifetime(cluster) {}
        return code
    }

    private func run(_ roles: [any Role], _ factory: RoleFactory) throws -> ExitCode {
        let listen = try settings.sources.string("gateway.listen")
        let scheme = try settings.gatewayScheme()
        let runner = RoleRunner(
            log: settings.log, drainDeadline: try settings.sources.duration("worker.drainTimeout"),
            stopDeadline: .seconds(5), startDeadline: try settings.hasBrokers ? nil : .seconds(60),
            onHangUp: { [reload = factory.reload] in reload.reload() })
        return runner.run(roles, whenReady: { Output.notice("ready: POST \(scheme)://\(listen)/invalidate") }).exitCode
    }
}

/// A view that ends with the process, because the log that it is a fold of does.
private struct TemporaryView {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "cachesync-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    var path: String { folder.appending(path: "view.db").path }

    func remove() {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            Output.notice("cannot remove \(folder.path): \(error)")
        }
    }
}
