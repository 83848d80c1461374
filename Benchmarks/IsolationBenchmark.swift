import TestSupport

/// What a dead edge, a slow edge and a noisy namespace cost everybody else.
struct IsolationBenchmark {
    /// The p99 of the others, as a multiple of that of a run without disturbance.
    private static let ratioMax = 1.1

    func run() throws {
        let result = try IsolationExperiment(PacedTraffic(rate: 500, duration: .seconds(30))).run()
        print(result)
        print(result.ratio <= Self.ratioMax ? "within \(Self.ratioMax)" : "NOT within \(Self.ratioMax)")
    }
}
