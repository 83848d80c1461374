internal import Basics

/// Backlog search: when the retry topics are searched for the deferred parts of an edge.
///
/// A search writes again what stands in its way, so it is not begun all the time, however often the edge recovers.
package struct BacklogSearch {
    /// The shortest time between two searches.
    static let pauseMin = Duration.seconds(5).nanoseconds
    static let pauseMax = Duration.seconds(300).nanoseconds

    /// A part of the edge was deferred because it could not be sent, and may wait on a retry topic although the edge
    /// could be sent it.
    package private(set) var isWanted = false
    /// When the edge last had nothing to do: a part that was deferred before because there was no capacity waits no
    /// longer.
    package private(set) var idleSince: Timestamp?
    /// When the last search began, on the monotonic clock.
    private var begunAt: Int64 = .min / 2
    /// How long until an idle edge searches again, in nanoseconds: longer each time that nothing came of it.
    private var pause = BacklogSearch.pauseMin

    package init() {}

    package mutating func request() { isWanted = true }

    /// A part that was found has started: the next search need not wait for so long.
    package mutating func recordStart() { pause = Self.pauseMin }

    /// The edge could do more than it has.
    package mutating func becomeIdle(at now: Timestamp) { idleSince = now }

    /// - Returns: nil when the search begins; otherwise when it may. It stays wanted until then.
    package mutating func begin(now: Int64) -> Int64? {
        let next = begunAt + Self.pauseMin
        isWanted = next > now
        guard !isWanted else { return next }
        begunAt = now
        return nil
    }

    /// An idle edge waits longer each time.
    ///
    /// - Returns: nil when it is time; otherwise when it will be.
    package mutating func waitIfIdle(now: Int64) -> Int64? {
        let next = begunAt + pause
        guard next <= now else { return next }
        pause = min(pause * 2, Self.pauseMax)
        return nil
    }
}
