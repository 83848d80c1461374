public import Kafka
public import Storage
internal import TopicCatalogue

/// What a projector reads, where it keeps its view, and how.
public struct ProjectorConfiguration: Sendable {
    /// The workers whose lag is told.
    public struct Workers: Sendable {
        public var group: String
        /// The topics that publishers write to.
        public var topics = TopicName.invalidations
        /// Topics whose lag is told, too.
        public var lagTopics = [TopicName.replays]

        public init(group: String) {
            self.group = group
        }
    }

    /// The topics that the view is a fold of.
    public struct Topics: Sendable {
        public var invalidations = TopicName.invalidations
        public var progress = TopicName.progress
        public var dead = TopicName.dead
        public var control = TopicName.control

        var all: [String] { invalidations + [progress, dead, control] }
    }

    public var kafka: KafkaConfiguration
    public var topics = Topics()
    /// Beside a file stand its log and a lock.
    public var view: ViewLocation
    /// Of a file.
    public var storage = Connection.Options()
    /// Folds all of the topics again into a new view before anything else, and puts that in the old one's place.
    public var rebuilds = false
    /// How many records go into one transaction at most. Only a backlog has so many: what is there is taken at once,
    /// and the news of one request that meet in a batch cost one row.
    public var batchMax = 4_000
    /// How many edges its records name, before no more are read into it.
    public var batchEdgesMax = 100_000
    public var retention = ViewRetention()
    /// Nil where nobody asks for it.
    public var workers: Workers?
    /// The view counts as behind when it was up to date longer ago than this.
    public var lagMax = Duration.seconds(15)
    /// The group whose committed offsets tell lag tools how far the view is. Nothing is ever read from it.
    public var group = "cachesync-projector"
    /// How long the brokers may take to answer a question at the start.
    public var requestTimeout = Duration.seconds(5)
    /// How often the ends of the partitions are asked for: the view's watermark is no older when it has caught up.
    public var watermarkInterval = Duration.seconds(1)
    /// Told after each transaction, in this process, up to which offset each partition is folded.
    public var onFolded: (@Sendable (_ nextOffsets: [TopicPartition: Int64]) -> Void)?

    public init(kafka: KafkaConfiguration, view: ViewLocation) {
        self.kafka = kafka
        self.view = view
    }
}
