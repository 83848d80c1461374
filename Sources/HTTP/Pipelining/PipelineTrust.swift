internal import Runtime

/// Whether a server keeps up pipelines: what its connections came to.
///
/// One answer that nothing may follow, or several connections in a row that ended after a few answers, and it is not
/// trusted for ten minutes.
struct PipelineTrust {
    private var shortConnections = 0
    private var lostUntil: MonotonicTime?

    private static let time = Duration.seconds(600)
    private static let shortMax = 4
    /// A connection with fewer answers has not paid.
    private static let answersMin = 8

    func isGiven(now: @autoclosure () -> MonotonicTime) -> Bool {
        guard let lostUntil else { return true }
        return lostUntil <= now()
    }

    /// - Parameters:
    ///   - answers: that the connection has had.
    ///   - calls: that it still had.
    mutating func record(_ why: ConnectionEnd, answers: Int, calls: Int, now: MonotonicTime) {
        switch why {
        case .cancelled: return
        case .fault(.bodyTooLarge): return
        case .fault, .unasked:
            lose(now)
        case .announced, .closed, .broken, .expired:
            guard answers < Self.answersMin else { return shortConnections = 0 }
            // An idle connection may be closed at any time.
            guard calls > 0 || why.isBeforeAction else { return }
            shortConnections += 1
            if shortConnections >= Self.shortMax { lose(now) }
        }
    }

    private mutating func lose(_ now: MonotonicTime) {
        shortConnections = 0
        lostUntil = now + Self.time
    }
}
