public import Invalidations

/// What a view says about an id.
public enum StatusLookup: Hashable, Sendable {
    /// - Parameter alsoIn: other namespaces that have a request of the same id.
    case found(StatusRecord, alsoIn: [Namespace] = [])
    /// The id may have been handed out, or published, so lately that the view has not come to it: it counts as queued.
    case notYetSeen
    /// No request has this id, or it has ended so long ago that it was removed.
    case unknown
}

/// What a view says about an id, and as of when.
public struct StatusAnswer: Hashable, Sendable {
    public let lookup: StatusLookup
    /// The time whose records are all folded in; nil if there was none yet.
    public let asOf: Timestamp?
}

/// When an id that the view does not hold is certainly none of ours.
///
/// The view folds the invalidation topics themselves. A gateway takes the id's time from its own clock, and hands the
/// id out only after Kafka has stored its record: once everything is folded that the topics held `acknowledgementMax`
/// after the id's time, and a margin for clocks that differ, the id would be there.
enum LookupRule {
    /// How long a gateway waits for Kafka before it gives up a request, in milliseconds.
    static let acknowledgementMax: Int64 = 30_000
    /// How far clocks may be apart, in milliseconds.
    static let clockSkewMax: Int64 = 5_000
    /// An id from further in the future than this, in milliseconds, was made up.
    static let futureMax: Int64 = 3_600_000

    /// - Parameter folded: a time at which everything in every partition had been folded; nil if there was none.
    static func verdict(
        on id: RequestID, firstAskedAt: Timestamp?, folded: Timestamp?, now: Timestamp
    ) -> StatusLookup {
        let settled: Timestamp
        if let time = id.time {
            guard time <= now + futureMax else { return .unknown }
            settled = time + (acknowledgementMax + clockSkewMax)
        } else {
            // Nothing tells when such an id was made: what was published before it was asked for counts.
            guard let firstAskedAt else { return .unknown }
            settled = firstAskedAt + clockSkewMax
        }
        guard let folded else { return .notYetSeen }
        return folded > settled ? .unknown : .notYetSeen
    }
}
