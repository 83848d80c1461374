internal import Caches
internal import Invalidations
internal import Runtime
internal import Synchronization

/// What a node sees of one namespace's rollout. The counts begin anew with each record, the samples stay.
final class RolloutCounts: Sendable {
    enum Comparison: String, CaseIterable {
        case equal
        /// The main API disagrees with itself a second later.
        case noise
        /// The cache agrees a second later, or was written meanwhile: it was right, or is.
        case late
        case different
        /// One of the two had no answer to compare.
        case failed
        /// Too many comparisons were under way.
        case shed
    }

    struct Sample: Sendable {
        static let bytesMax = 256

        let key: CacheKey
        let at: Timestamp
        /// Where the two differ.
        let pointer: String
        let main: [UInt8]
        let cache: [UInt8]
    }

    struct State: Sendable {
        var comparisons: [Comparison: Int] = [:]
        var cacheCalls = 0
        var mainCalls = 0
        var dead = 0
        var outcomes = RecentSamples<Bool>(countMax: windowMax)
        var failures = RecentSamples<Bool>(countMax: windowMax)
        var cacheTimes = RecentSamples<Duration>(countMax: windowMax)
        var mainTimes = RecentSamples<Duration>(countMax: windowMax)
    }

    /// What guards look at: the last so many comparisons and calls.
    static let windowMax = 1_000

    /// Between two answers of the cache that are compared with the main API.
    private static let samplePause = Duration.milliseconds(100)

    private let nextSample = Atomic<Int64>(.min)
    private let state = Mutex(State())
    private let samples = Mutex(RecentSamples<Sample>(countMax: windowMax))

    var snapshot: State { state.withLock { $0 } }

    func newestSamples(_ count: Int) -> [Sample] { samples.withLock { $0.newest(count) } }

    func reset() { state.withLock { $0 = State() } }

    /// Whether another answer of the cache is to be compared: the main API is not to be asked for each.
    func maySample(_ now: MonotonicTime) -> Bool {
        let next = nextSample.load(ordering: .relaxed)
        guard next <= now.nanoseconds else { return false }
        let later = (now + Self.samplePause).nanoseconds
        return nextSample.compareExchange(expected: next, desired: later, ordering: .relaxed).exchanged
    }

    func compared(_ result: Comparison, _ sample: Sample? = nil) {
        state.withLock { state in
            state.comparisons[result, default: 0] += 1
            switch result {
            case .equal, .different: state.outcomes.add(result == .different)
            case .noise, .late, .failed, .shed: break
            }
        }
        if let sample { samples.withLock { $0.add(sample) } }
    }

    /// The cache has answered a call, or would have.
    func cacheAnswered(in time: Duration, hasFailed: Bool) {
        state.withLock { state in
            state.cacheCalls += 1
            state.failures.add(hasFailed)
            state.cacheTimes.add(time)
        }
    }

    func mainAnswered(in time: Duration) {
        state.withLock { state in
            state.mainCalls += 1
            state.mainTimes.add(time)
        }
    }

    func becameDead() { state.withLock { $0.dead += 1 } }
}

extension RolloutCounts.State {
    var figures: RolloutFigures {
        var figures = RolloutFigures()
        (figures.compared, figures.different) = (outcomes.all.count, outcomes.all.count { $0 })
        (figures.calls, figures.errors) = (failures.all.count, failures.all.count { $0 })
        (figures.latency, figures.dead) = (cacheTimes.quantile(0.99), dead)
        return figures
    }
}
