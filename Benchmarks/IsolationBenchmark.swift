import TestSupport

/// What a dead edge, a slow edge and a noisy namespace cost everybody else.
struct IsolationBenchmark {
    /// The p99 of the others, as a multiple of that of a run without disturbance.
    private static let ratioMax = 1.1
    private static let rounds = 3
    /// So long that requests have been on the second retry topic, too.
    private static let warmUp = Duration.seconds(16)

    func run() throws {
        var result = IsolationResult()
        for _ in 1...Self.rounds {
            let traffic = PacedTraffic(rate: 500, duration: .seconds(20))
            result.add(try IsolationExperiment(traffic, warmUp: Self.warmUp, heap: KafkaBroker.largeHeap).run())
        }
        print(result)
        print(result.ratio <= Self.ratioMax ? "within \(Self.ratioMax)" : "NOT within \(Self.ratioMax)")
    }
}
