public import Invalidations

/// What a view says about an id.
public enum StatusLookup: Hashable, Sendable {
    case found(StatusRecord)
    /// The id may have been handed out so lately that the view has not come to it: it counts as queued.
    case notYetSeen
    /// No gateway has handed out this id, or its request has ended so long ago that it was removed.
    case unknown
}

/// When an id that the view does not hold is certainly none of ours.
///
/// A gateway takes the id's time from its own clock, and hands the id out only after Kafka has stored its first
/// progress. So once everything is folded that the topic held `acknowledgementMax` after the id's time, and a
/// margin for clocks that differ, the id would be there.
enum LookupRule {
    /// How long a gateway waits for Kafka before it gives up a request, in milliseconds.
    static let acknowledgementMax: Int64 = 30_000
    /// How far clocks may be apart, in milliseconds.
    static let clockSkewMax: Int64 = 5_000
    /// An id from further in the future than this, in milliseconds, was made up.
    static let futureMax: Int64 = 3_600_000

    /// - Parameter watermark: a time at which everything in every partition had been folded; nil if there was none.
    static func verdict(on id: RequestID, watermark: Timestamp?, now: Timestamp) -> StatusLookup {
        // Gateways make ids of version 7.
        guard let time = id.time, time <= now + futureMax else { return .unknown }
        guard let watermark else { return .notYetSeen }
        return watermark > time + (acknowledgementMax + clockSkewMax) ? .unknown : .notYetSeen
    }
}
