/// Watches a run for one thing that must never be.
protocol Checker: AnyObject {
    /// What it stands for, in a word or two.
    var name: String { get }

    func see(_ observation: Observation, in world: World)
}

extension Checker {
    /// Reports what must not be. The first report ends the run.
    func violation(_ world: World, _ text: @autoclosure () -> String) {
        world.violate(name, text())
    }
}
