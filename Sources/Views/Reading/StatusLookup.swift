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

/// When an id that the view does not hold is certainly none of ours.
///
/// A request reaches the view in one of two ways. A gateway takes the id's time from its own clock, and hands the id
/// out only after Kafka has stored its first progress: once everything is folded that the progress topic held
/// `acknowledgementMax` after the id's time, and a margin for clocks that differ, the id would be there. Who publishes
/// straight to Kafka is told of by the worker that reads the request, however long its backlog: so workers must also
/// have taken up everything that was published until then.
enum LookupRule {
    struct Marks {
        /// A time at which everything in every partition had been folded; nil if there was none.
        var folded: Timestamp?
        /// A time whose publications workers have finished, or told of, and that is folded, too; nil if there was none.
        var readUp: Timestamp?
    }

    /// How long a gateway waits for Kafka before it gives up a request, in milliseconds.
    static let acknowledgementMax: Int64 = 30_000
    /// How far clocks may be apart, in milliseconds.
    static let clockSkewMax: Int64 = 5_000
    /// An id from further in the future than this, in milliseconds, was made up.
    static let futureMax: Int64 = 3_600_000

    static func verdict(
        on id: RequestID, firstAskedAt: Timestamp?, marks: Marks, now: Timestamp
    ) -> StatusLookup {
        let settled: Timestamp
        if let time = id.time {
            guard time <= now + futureMax else { return .unknown }
            settled = time + (acknowledgementMax + clockSkewMax)
        } else {
            // No gateway makes such an id, so it is published already, or not ours.
            guard let firstAskedAt else { return .unknown }
            settled = firstAskedAt + clockSkewMax
        }
        guard let folded = marks.folded, let readUp = marks.readUp else { return .notYetSeen }
        return min(folded, readUp) > settled ? .unknown : .notYetSeen
    }
}
