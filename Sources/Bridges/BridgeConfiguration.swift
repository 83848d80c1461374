public import Kafka
public import Mappings

/// What a bridge reads, by which mappings, and within which bounds.
public struct BridgeConfiguration: Sendable {
    /// Whether a log has capacity for what is to be published. One that keeps little in memory says when it has none.
    public struct Admission: Sendable {
        public var admit: @Sendable (_ bytes: Int) -> Bool
        /// The admitted record stands in the log.
        public var stored: @Sendable (_ bytes: Int, _ topic: String, _ partition: Int32, _ offset: Int64) -> Void
        /// The admitted record did not reach the log.
        public var abandon: @Sendable (_ bytes: Int) -> Void

        public init(
            admit: @escaping @Sendable (Int) -> Bool,
            stored: @escaping @Sendable (Int, String, Int32, Int64) -> Void,
            abandon: @escaping @Sendable (Int) -> Void
        ) {
            self.admit = admit
            self.stored = stored
            self.abandon = abandon
        }
    }

    /// Consumer group of all bridges of an installation.
    public static let group = "cachesync.bridge"

    public var kafka: KafkaConfiguration
    public var mappings: [Mapping]
    public var sessionTimeout = Duration.seconds(15)
    /// Requests that are published and not acknowledged yet; then nothing more is read.
    public var outstandingMax = 1_000
    /// How much is read and published once more after a crash.
    public var commitInterval = Duration.seconds(1)
    public var admission: Admission?

    public init(kafka: KafkaConfiguration, mappings: [Mapping]) {
        self.kafka = kafka
        self.mappings = mappings
    }

    /// For the topics of other systems: the installation's prefix is not theirs.
    var foreignKafka: KafkaConfiguration {
        var foreign = kafka
        foreign.topicPrefix = ""
        return foreign
    }

    /// The group's name on the cluster.
    var groupOnCluster: String { kafka.topicPrefix + Self.group }

    /// The topics that are read, each once.
    var topics: [String] { Set(mappings.map(\.topic)).sorted() }
}
