import Edges
import Invalidations
import Kafka
import Replayer
import Replays
import Runtime
import Views

// Settings of replays, for the runner and for commands.
extension Settings {
    /// - Parameter view: nil for the one that is configured.
    func replays(kafka: KafkaConfiguration, view: ViewLocation? = nil) throws -> ReplayConfiguration {
        var configuration = ReplayConfiguration(
            kafka: kafka, view: try view ?? self.view(),
            workerGroup: try sources.string("worker.group"), name: try instanceName(),
            retryTiers: try workerSettings().retryTiers.count)
        configuration.edges = try edges().map(\.profile)
        return configuration
    }
}
