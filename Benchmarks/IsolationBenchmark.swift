import TestSupport

/// What a dead edge, a slow edge and a noisy namespace cost everybody else.
struct IsolationBenchmark {
    /// The p99 of the others, as a multiple of that of runs without disturbance.
    private static let ratioMax = 1.1
    /// In turn, so that a machine that gets slower or faster meanwhile favours neither.
    private static let runs: [IsolationExperiment.Kind] = [
        .control, .disturbed, .disturbed, .control, .control, .disturbed, .disturbed, .control,
    ]
    /// So long that requests have been on the second retry topic, too, and that the line at the slow edge has grown as
    /// long as it gets.
    private static let warmUp = Duration.seconds(30)

    /// Requests a second, without the noise.
    let rate: Int
    /// While workers are killed and stopped, and the broker restarts.
    let hasKills: Bool

    /// The collector must not run within a run. Where the broker restarts it may: a large heap would make that take
    /// seconds longer, and what a pause adds is nothing beside them.
    private var heap: String { hasKills ? KafkaBroker.smallHeap : KafkaBroker.largeHeap }

    func run() throws {
        print("\(rate) requests/s of 100 namespaces; everything, the broker included, on this machine")
        if hasKills { print("of three workers one is killed and one stops, and the broker restarts") }
        var result = IsolationResult()
        for kind in Self.runs {
            let traffic = PacedTraffic(rate: rate, duration: .seconds(20))
            let experiment = try IsolationExperiment(
                kind, traffic, warmUp: Self.warmUp, hasKills: hasKills, heap: heap)
            result.add(try experiment.run(), kind)
        }
        print(result)
        print(result.ratio <= Self.ratioMax ? "within \(Self.ratioMax)" : "NOT within \(Self.ratioMax)")
    }
}
