/// A record from its reading to its end.
struct OpenRecord {
    /// The way of a record:
    /// ```
    /// delayed ⇄ purging → storing → reporting → finished (its place is free)
    /// ```
    enum Phase: Equatable {
        /// It was read ahead of its time: no edge has begun, or those that had have ended.
        case delayed
        /// Edges are still to answer.
        case purging
        /// A deferral or dead letter waits for Kafka's acknowledgement.
        case storing
        /// The last report waits for Kafka's acknowledgement.
        case reporting
    }

    let position: RecordPosition
    /// On an invalidation topic, whatever topic it was read from.
    let origin: RecordPosition
    /// Its partition's place among the assigned.
    let partition: Int
    var ticket: Int64
    /// 0 is the most urgent.
    let priority: Int
    var original: OriginalRecord
    /// Nil where the record is no request.
    var invalidation: Invalidation?
    /// Whose status says that it is no valid request, where that could be read.
    var identity: RequestIdentity?
    /// Of its selectors: looked at for every edge, so counted once.
    let measure: SelectorMeasure
    /// Its place in the table; nil where the record is no request.
    let namespace: Int?
    /// When it was taken in, left the delayed, or was last sent to an edge, on the monotonic clock.
    var startedAt: Int64
    var targets: [Target] = []
    /// Targets that have not settled.
    var targetsLeft = 0
    /// Of those, the ones in lanes or with an edge.
    var active = 0
    var phase = Phase.purging
    var retryBox: RetryMetadataBox?
    var deadClass: DeadLetter.Class?
    var reason = ""
    var firstFailedAt: Timestamp?
    /// The lowest layer that has not settled: only its targets may be sent.
    var layer = 0
    /// When the current layer opens, on the monotonic clock; nil while it is open.
    var layerOpensAt: Int64?
    /// Deferral and dead letter that Kafka has not stored yet.
    var storesLeft = 0
    var isInterimReportInFlight = false
    /// Something that is told of it has changed since the last report.
    var hasNews = true
    var links = ListLinks()

    /// What a retry topic's record says of itself; nil on an invalidation topic.
    var retry: RetryMetadata? { retryBox?.retry }
    /// The retry topic it was read from.
    var tier: Int? { position.source.tier }
}

/// What selectors come to.
struct SelectorMeasure {
    var kinds: SelectorKinds = []
    var items: Int32 = 0
    var urls: Int32 = 0
    var prefixes: Int32 = 0
    var bytes: Int32 = 0

    init(_ selectors: Selectors?) {
        guard let selectors else { return }
        kinds = selectors.kinds
        items = Int32(selectors.count)
        urls = Int32(selectors.urls.count)
        prefixes = Int32(selectors.prefixes.count)
        bytes = Int32(clamping: selectors.byteCount)
    }

    /// Selectors of those kinds.
    func count(of single: SelectorKinds) -> Int {
        guard !single.isEmpty else { return 0 }
        var count = 0
        if single.contains(.urls) { count += Int(urls) }
        if single.contains(.prefixes) { count += Int(prefixes) }
        if single.contains(.everything), kinds.contains(.everything) { count += 1 }
        if single.contains(.tags) {
            count += Int(items) - Int(urls) - Int(prefixes) - (kinds.contains(.everything) ? 1 : 0)
        }
        return count
    }
}

/// One edge's part of a request.
struct Target {
    /// The way of a part:
    /// ```
    /// waiting → queued → sending → settled
    ///    ↑         └───────↓ (failed, to be sent again)
    /// ```
    enum Stage: Equatable {
        /// Its time has not come: its record is delayed, or the edge has no room for a retry now.
        case waiting
        /// In its lane, at its place, but not to be sent before an inner layer is done, or another edge has answered.
        case held
        /// In its lane.
        case queued
        /// With the edge.
        case sending
        /// `state` says how.
        case settled
    }

    /// Its place in the worker's list; nil for an edge that is not configured any more.
    let edge: Int?
    let step: PurgeStep
    let name: String
    var stage = Stage.waiting
    var state = EdgeState.queued
    /// That count, in all retry rounds.
    var attempts = 0
    var failure: PurgeFailure?
    /// Objects that the edge says it purged.
    var objects: Int?
    /// It stands in the edge's line for room.
    var isQueuedForCapacity = false
    /// It goes ahead of its time as soon as it is far enough from an inner cache; a reminder is set.
    var waitsForLayer = false
    /// Why it was deferred.
    var deferReason: DeferReason?
    /// In the lane, of its selectors.
    var bytes: Int32 = 0
}
