internal import Caches
internal import Invalidations
internal import Runtime
internal import Synchronization

/// Writes that the main API may still carry out, although its answer never came.
///
/// What is loaded before it does would stay for its whole time. So their keys are forgotten once more, with pauses that
/// double: a reader gets what was there before for about as long as the API was late, until the last pause is over.
final class DoubtfulWrites: Sendable {
    struct Name: Hashable, Sendable {
        let namespace: Namespace
        let key: CacheKey
    }

    private struct Pause {
        var length: Duration
        var end: MonotonicTime
    }

    static let countMax = 2_048
    private static let pauseFirst = Duration.seconds(1)
    private static let pauseLongest = Duration.seconds(16)

    private let pauses = Mutex<[Name: Pause]>([:])

    /// - Returns: a name that makes way for this one, to be forgotten at once; nil where there is none.
    func add(_ name: Name, _ now: MonotonicTime) -> Name? {
        pauses.withLock { pauses in
            var oldest: Name?
            if pauses.count >= Self.countMax, pauses[name] == nil {
                oldest = pauses.max { $0.value.length < $1.value.length }?.key
                if let oldest { pauses[oldest] = nil }
            }
            pauses[name] = Pause(length: Self.pauseFirst, end: now + Self.pauseFirst)
            return oldest
        }
    }

    /// The names that are to be forgotten once more.
    func due(_ now: MonotonicTime) -> [Name] {
        pauses.withLock { pauses in
            let due = pauses.filter { $0.value.end <= now }
            for (name, pause) in due {
                let next = pause.length * 2
                pauses[name] = next > Self.pauseLongest ? nil : Pause(length: next, end: now + next)
            }
            return Array(due.keys)
        }
    }
}
