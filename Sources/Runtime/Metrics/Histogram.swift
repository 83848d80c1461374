internal import Basics

/// Counts observations in fixed buckets, and sums them.
public final class Histogram: Sendable {
    /// Seconds from a millisecond to ten seconds: fit for calls and waits.
    public static let latencyBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Upper bounds, ascending; the last bucket has none.
    let bounds: [Double]
    private let buckets: [Counter]
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // A handful of bounds: a straight walk is quicker than a search.
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        buckets[index].increment()
        total.add(value)
    }

    /// Observes seconds.
    public func observe(_ duration: Duration) {
        observe(duration.secondsAndFraction)
    }

    public var count: UInt64 { buckets.reduce(0) { $0 + $1.value } }
    public var sum: Double { total.value }

    /// For each bound and then for no bound, how many observations were not above it.
    var cumulative: [UInt64] {
        var running: UInt64 = 0
        return buckets.map {
            running += $0.value
            return running
        }
    }
}
