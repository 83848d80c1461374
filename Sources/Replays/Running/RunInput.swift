package import Invalidations
package import Kafka

/// Input of a run: what it publishes, in which order, and how far that has come.
package protocol RunInput: AnyObject {
    /// Of what earlier owners have published, how much lies behind the position of the last checkpoint.
    var knownCount: Int64 { get }

    /// By partition of the topic that is written, the offset behind the run's last record there.
    var ends: [Int32: Int64] { get }

    /// Reads some of what must be known before anything is published.
    ///
    /// - Returns: complete once all of it is known.
    func prepare(_ counts: inout RunState.Counts) throws -> RunReading

    /// Reads, hands over at most so many records to be published, and counts those.
    func read(
        max: Int, _ counts: inout RunState.Counts, _ publish: (RunPublication) throws -> Void
    ) throws -> RunReading

    /// Kafka has stored a record; it stores a partition's records in order.
    func store(_ origin: RunOrigin, at position: Int64)

    /// From where another owner must go on, by TOPIC/PARTITION that is read.
    func checkpoint() -> [String: RunState.Position]

    func close()
}

/// Where a record of a run comes from: the offset of its source, or its number among those that the run made itself.
package struct RunOrigin: Hashable {
    package let partition: TopicPartition
    package let number: Int64

    package init(partition: TopicPartition, number: Int64) {
        self.partition = partition
        self.number = number
    }
}

/// What one call of reading came to.
package struct RunReading {
    /// All is read.
    package var isComplete: Bool
    /// There may be more at once.
    package var isBusy: Bool
    /// Why nothing comes at the moment.
    package var obstacle: String?

    package init(isComplete: Bool = false, isBusy: Bool = false, obstacle: String? = nil) {
        self.isComplete = isComplete
        self.isBusy = isBusy
        self.obstacle = obstacle
    }
}

/// Record that a run is to publish.
package struct RunPublication {
    package let origin: RunOrigin
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [RecordHeader]
    /// Whose status tells of it; nil where none does.
    package let identity: RequestIdentity?
    package let generation: UInt32

    package init(
        origin: RunOrigin, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader], identity: RequestIdentity?,
        generation: UInt32
    ) {
        self.origin = origin
        self.key = key
        self.value = value
        self.headers = headers
        self.identity = identity
        self.generation = generation
    }
}
