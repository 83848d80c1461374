internal import Invalidations
internal import Kafka
internal import Replays

/// Input of a run: what it publishes, in which order, and how far that has come.
protocol RunInput: AnyObject {
    /// Of what earlier owners have published, how much lies behind the state that they stored.
    var knownCount: Int64 { get }

    /// By partition of the topic that is written, the offset behind the run's last record there.
    var ends: [Int32: Int64] { get }

    /// Reads some of what must be known before anything is published.
    ///
    /// - Returns: complete once all of it is known.
    func prepare(_ counts: inout RunState.Counts) throws -> RunReading

    /// Reads, hands over at most so many records to be published, and counts those.
    func read(
        max: Int, _ counts: inout RunState.Counts, _ publish: (Publication) throws -> Void
    ) throws -> RunReading

    /// Kafka has stored a record; it stores a partition's records in order.
    func store(_ origin: RunOrigin, at position: Int64)

    /// From where another owner must go on, by TOPIC/PARTITION that is read.
    func checkpoint() -> [String: RunState.Position]

    func close()
}

/// Where a record of a run comes from: the offset of its source, or its number among those that the run made itself.
struct RunOrigin: Hashable {
    let partition: TopicPartition
    let number: Int64
}

/// What one call of reading came to.
struct RunReading {
    /// All is read.
    var isComplete = false
    /// There may be more at once.
    var isBusy = false
    /// Why nothing comes at the moment.
    var obstacle: String?
}

/// Record to be published.
struct Publication {
    let origin: RunOrigin
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [KafkaHeader]
    /// Whose status tells of it; nil where none does.
    let identity: RequestIdentity?
    let generation: UInt32
}

extension RunReading {
    init(_ progress: LogRangeProgress) {
        self.init(isComplete: progress.isComplete, isBusy: progress.records > 0, obstacle: progress.obstacle)
    }
}

extension LogRangeProgress {
    /// How many offsets were removed before they were read.
    var lostOffsets: Int64 { lost.reduce(0) { $0 + $1.end - $1.start } }

    /// Why reading stands still.
    var obstacle: String? {
        stalled.first.map {
            "waits for the end of a transaction that is open at offset \($0.offset) of \($0.partition)"
        }
    }
}
