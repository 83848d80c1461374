/// Consequence: one thing that follows from the end of a part.
///
/// Those of strict namespaces are boxed, so that the others, which are many, are small.
enum Consequence {
    /// A request of a strict namespace has ended: the next one of its line may start.
    indirect case startNextStrict(offset: Int64, StrictOrder.Line)
    /// A delayed part may start ahead of its time.
    case start(PartKey)
    /// An edge with a fan-out limit has settled: another edge of the request may be sent to.
    case releaseHeld(PoolKey)
    /// An inner cache was not purged: the caches outside of it must not fill themselves from it.
    case deferOuterLayers(PoolKey, than: Int)
    /// An inner layer may be done: the next one opens after its delay.
    case openNextLayer(PoolKey)
    /// The record may have ended, or may have nothing in work any more.
    case endRecord(PoolKey)
    /// A request of a strict namespace was deferred: no later one of its line may be sent before it.
    indirect case deferLaterRequests(than: Int64, StrictOrder.Line)
    /// The part must not be purged before the one that was deferred.
    case deferPart(PartKey)
}
