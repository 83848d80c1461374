/// Runs of the simulated world. The same seed gives the same run, to the byte.
public enum Simulation {
    public static func run(seed: UInt64, isTraced: Bool = false) -> SimulationResult {
        let world = World(seed: seed, isTraced: isTraced)
        world.run()
        return SimulationResult(
            seed: seed, scenarioProfile: world.scenario.scenarioProfile, counts: world.counts,
            violation: world.violation,
            trace: world.trace.lines)
    }
}
