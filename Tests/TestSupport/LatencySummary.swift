/// The distribution of some latencies.
public struct LatencySummary: CustomStringConvertible, Sendable {
    public let count: Int
    public let median: Duration
    public let p99: Duration
    public let maximum: Duration

    /// - Precondition: there is at least one.
    public init(_ latencies: [Duration]) {
        precondition(!latencies.isEmpty, "nothing was measured")
        let sorted = latencies.sorted()
        count = sorted.count
        median = sorted[sorted.count / 2]
        p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
        maximum = sorted[sorted.count - 1]
    }

    public var description: String {
        "\(count) requests, median \(Self.text(median)), p99 \(Self.text(p99)), slowest \(Self.text(maximum))"
    }

    private static func text(_ duration: Duration) -> String {
        "\((duration / .microseconds(100)).rounded() / 10) ms"
    }
}
