/// Mistakes that the simulator's tests switch on one at a time, to see that its checkers find them. Nothing outside
/// this package can reach them.
package enum PlantedFault: String, CaseIterable, Sendable {
    /// A record counts as finished as soon as it is read.
    case commitOnRead
    /// A deferral is not written, and the record finished all the same.
    case forgetDeferral
    /// A record is finished before Kafka has stored its deferral.
    case finishBeforeStored
    /// A request that came while a purge of the same selectors was under way counts it as its own.
    case countEarlierPurge
    /// Retries are absorbed by purges that finished, not started, after the request.
    case absorbByFinish
    /// The completed-offset set in the commit's metadata is thrown away on a restart.
    case dropMetadata
    /// Unfinished records count as finished when the completed-offset set is written.
    case overstateDoneSet
    /// The watermark moves to the highest finished record, over gaps.
    case watermarkOverGaps
    /// What ends after its partition was revoked is still committed.
    case lateCompletion
    /// A hard purge rides on a soft one of the same selectors.
    case softOverHard
    /// A narrower purge carries a wider one.
    case narrowOverWide
    /// A deferral for several edges forgets the last of them.
    case loseEdgeOfRetry
    /// The only copy of a deferral is taken for one of several.
    case dropNewestCopy
    /// A deferral goes to another partition than its record's.
    case wrongPartition
    /// A retry that failed goes to the first retry topic, not to the next one.
    case wrongTier
    /// A due retry waits for ever.
    case forgetDue
    /// Low priority is served only when nothing else waits.
    case starveLow
    /// A strict namespace's retries run without regard to their order.
    case ignoreStrictOrder
    /// New requests of a strict namespace overtake those that were deferred.
    case overtakeDeferred
    /// Outer caches are purged together with inner ones.
    case outerFirst
    /// What was given up is reported as purged.
    case reportDeadAsPurged
    /// A request is reported as purged when its purge is sent.
    case reportBeforeAcknowledged
    /// Dead letters name all edges of the request.
    case blameAllEdges
    /// One refused item takes its whole batch with it.
    case skipBisection
    /// Limits are not kept.
    case ignoreLimits
    /// An open circuit breaker is never tried again.
    case neverProbe
    /// Expired requests are purged.
    case ignoreExpiry
    /// One refused request closes the edge to all.
    case refusalTrips
    /// A pause of nothing, as an edge may ask for it, is kept to.
    case trustRetryAfter
    /// What is full defers its part, whoever else waits.
    case deferBacklog
    /// What waits for an edge that is down is written to one retry topic after the other.
    case climbTiers
    /// Completed offsets count although the log ends below them.
    case trustMetadata
    /// First attempts are taken from the back of a lane.
    case lastInFirstOut
}
