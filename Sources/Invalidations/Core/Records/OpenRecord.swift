/// Open record: a record from its reading to its end.
package struct OpenRecord {
    /// The way of a record:
    /// ```
    /// delayed ⇄ purging → storing → reporting → finished (its slot is free)
    /// ```
    package enum Phase: Equatable {
        /// It was read ahead of its time: no edge has begun, or those that had have ended.
        case delayed
        /// Edges are still to answer.
        case purging
        /// So many of its retry record and dead letter wait for Kafka's acknowledgement.
        case storing(left: Int)
        /// The last report waits for Kafka's acknowledgement.
        case reporting
    }

    let position: RecordPosition
    /// On an invalidation topic, whatever topic it was read from.
    let origin: RecordPosition
    /// The index of its partition among the assigned.
    let partition: Int
    var ticket: Int64 = 0
    /// 0 is the most urgent.
    let priority: Int
    var original: OriginalRecord
    /// Nil where the record is no request.
    var invalidation: Invalidation?
    /// Whose status says that it is no valid request, where that could be read.
    var identity: RequestIdentity?
    /// Of its selectors: asked for at every edge, so counted once.
    let measure: SelectorMeasure
    /// Its index in the table; nil where the record is no request.
    let namespace: Int?
    /// When it was read, left the delayed, or was last sent to an edge, on the monotonic clock.
    var startedAt: Int64
    var request = Request()
    package private(set) var phase = Phase.purging
    var retryBox: RetryMetadataBox?
    var deadClass: DeadLetter.Class?
    var reason = ""
    var firstFailedAt: Timestamp?
    package var isInterimReportInFlight = false
    /// A part has changed since the last report.
    package var hasNews = true
    var links = ListLinks()

    package init(
        _ record: IncomingRecord, partition: Int, priority: Int, invalidation: Invalidation?, namespace: Int?,
        startedAt: Int64
    ) {
        position = record.position
        // Headers of a retry record say nothing on an invalidation topic.
        retryBox = record.position.source.isInvalidation ? nil : record.retryBox
        origin = retryBox?.retry.origin ?? record.position
        self.partition = partition
        self.priority = priority
        original = record.original
        self.invalidation = invalidation
        measure = SelectorMeasure(invalidation?.selectors)
        self.namespace = namespace
        self.startedAt = startedAt
    }

    /// What the headers of a retry record or a replayed record say; nil on an invalidation topic.
    var retry: RetryMetadata? { retryBox?.retry }
    var replay: Replay? { retryBox?.retry.replay }
    /// The retry topic it was read from.
    var tier: Int? { position.source.tier }

    // MARK: - Phases

    /// Called by `OpenRecords` alone, which counts the delayed.
    mutating func delay() {
        precondition(phase == .purging, "only a record in work is delayed")
        phase = .delayed
    }

    /// Called by `OpenRecords` alone, which counts the delayed.
    mutating func resume() {
        precondition(phase == .delayed, "only a delayed record is resumed")
        phase = .purging
    }

    mutating func store(_ count: Int) {
        precondition(phase == .purging && request.targetsLeft == 0, "an edge is still to answer")
        phase = .storing(left: count)
    }

    /// - Returns: whether that was the last one.
    mutating func recordStored() -> Bool {
        guard case .storing(let left) = phase, left > 0 else {
            preconditionFailure("an acknowledgement that no record waits for")
        }
        phase = .storing(left: left - 1)
        return left == 1
    }

    mutating func reportEnd() {
        precondition(phase == .storing(left: 0), "a retry record or dead letter is not stored yet")
        phase = .reporting
    }
}
