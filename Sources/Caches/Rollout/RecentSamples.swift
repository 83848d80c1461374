/// The last samples of something, at most so many.
public struct RecentSamples<Sample: Sendable>: Sendable {
    private let countMax: Int
    private var oldest = 0
    /// In no order that means anything.
    public private(set) var all: [Sample] = []

    public init(countMax: Int) {
        self.countMax = max(1, countMax)
    }

    public mutating func add(_ sample: Sample) {
        guard all.count == countMax else { return all.append(sample) }
        all[oldest] = sample
        oldest = (oldest + 1) % countMax
    }

    /// The newest first.
    public func newest(_ count: Int) -> [Sample] {
        let ordered = all[oldest...] + all[..<oldest]
        return ordered.suffix(max(0, count)).reversed()
    }
}

extension RecentSamples<Duration> {
    /// - Parameter share: such as 0.99.
    /// - Returns: nil where there is no sample.
    public func quantile(_ share: Double) -> Duration? {
        let sorted = all.sorted()
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, max(0, Int(Double(sorted.count) * share)))]
    }
}
