/// A record from its reading to its end. A class, because it is large and looked at often.
final class TrackedRecord {
    /// The way of a record: `purging` → (`burying` →) `reporting` → finished.
    enum Phase: Equatable {
        /// Edges are still to answer.
        case purging
        /// The dead letter waits for Kafka's acknowledgement.
        case burying
        /// The last report waits for Kafka's acknowledgement.
        case reporting
        case finished
    }

    struct Target {
        let edge: Int
        var state = EdgeState.queued
        var attempts = 0
        var failure: PurgeFailure?
    }

    let position: RecordPosition
    let ticket: Int64
    let epoch: UInt64
    let original: OriginalRecord
    /// Nil where the record is no request.
    let invalidation: Invalidation?
    let namespace: Int?
    var targets: [Target]
    var targetsLeft: Int
    var phase = Phase.purging
    var deadClass: DeadLetter.Class?
    var reason = ""
    var firstFailedAt: Timestamp?
    /// Lane entries and deliveries that still point here; the place is free at zero.
    var references = 0
    /// Its partition was revoked: somebody else reads the record again.
    var isAbandoned = false
    /// A report on the way is not repeated before Kafka has taken it.
    var isInterimReportInFlight = false

    init(
        _ record: IncomingRecord, ticket: Int64, epoch: UInt64, invalidation: Invalidation?, namespace: Int?,
        targets: [Target]
    ) {
        position = record.position
        original = record.original
        self.ticket = ticket
        self.epoch = epoch
        self.invalidation = invalidation
        self.namespace = namespace
        self.targets = targets
        targetsLeft = targets.count
    }
}
