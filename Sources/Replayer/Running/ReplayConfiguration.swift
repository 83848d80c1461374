public import Invalidations
public import Kafka
public import Views

/// What all runs of a runner share: the cluster, the view, and the names on records.
public struct ReplayConfiguration: Sendable {
    public var kafka: KafkaConfiguration
    /// The status view.
    public var view: ViewLocation
    /// Of the workers whose committed offsets say what is worked off.
    public var workerGroup: String
    /// Of the runners: one at a time is the owner of all runs.
    public var group = "cachesync.replayer"
    /// The process, as headers name it.
    public var name: String
    /// How many retry topics the workers use.
    public var retryTiers: Int
    /// Those that this process knows: what a run may ask of an edge.
    public var edges: [EdgeProfile] = []
    public var sessionTimeout = Duration.seconds(10)
    public var checkpointInterval = Duration.seconds(1)

    public init(
        kafka: KafkaConfiguration, view: ViewLocation, workerGroup: String, name: String, retryTiers: Int
    ) {
        self.kafka = kafka
        self.view = view
        self.workerGroup = workerGroup
        self.name = name
        self.retryTiers = retryTiers
    }
}
