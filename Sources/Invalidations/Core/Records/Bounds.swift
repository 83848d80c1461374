internal import Basics

/// Bounds: the settings as whole numbers that every record is compared with.
struct Bounds {
    /// By priority: the records that may be open before no more of it are read, so that there is always capacity for
    /// more urgent ones.
    let openByPriority: [Int]
    /// Open records, and offsets of a partition, from which on the oldest are deferred.
    let openNearlyFull: Int
    let spanNearlyFull: Int64
    /// Offsets of a retry partition from which on it is not read further: more than what is delayed alone takes.
    let retrySpanMax: Int64
    /// Parts that may wait for one edge.
    let partsMax: Int
    /// An edge with fewer parts has nearly run out of work.
    let starvedBelow: Int
    /// An edge that had work so lately may have more of it behind what stops the reading, in nanoseconds.
    let recently: Int64
    /// Bytes of records that are read ahead of their time.
    let delayedBytesMax: Int
    /// In nanoseconds.
    let firstReportAfter: Int64
    /// In milliseconds.
    let maximumAge: Int64
    let clockSkew: Int64

    private static let shares = [1.0, 0.9, 0.8]
    private static let nearlyFull = 0.9
    private static let delayedBytesMax = 16 << 20

    init(_ settings: WorkerSettings) {
        let most = Double(settings.openRecordsMax)
        openByPriority = Self.shares.map { Int((most * $0).rounded(.up)) }
        openNearlyFull = Int((most * Self.nearlyFull).rounded(.up))
        spanNearlyFull = Int64((Double(settings.blockedOffsetsMax) * Self.nearlyFull).rounded(.up))
        retrySpanMax = Int64(max(settings.blockedOffsetsMax, 4 * settings.delayedMax))
        partsMax = max(1, Int((most * settings.edgeShare).rounded(.up)))
        recently = 2 * max(Duration.seconds(30), settings.blockedTimeMax).nanoseconds
        starvedBelow = max(1, partsMax / 8)
        delayedBytesMax = min(settings.openBytesMax, Self.delayedBytesMax)
        firstReportAfter = settings.firstReportAfter.nanoseconds
        maximumAge = settings.maximumAge.milliseconds
        clockSkew = settings.clockSkew.milliseconds
    }
}
