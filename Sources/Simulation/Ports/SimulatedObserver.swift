internal import Kafka
internal import Workers

/// Cluster observer of a simulated worker: it answers a while after it was asked.
final class SimulatedObserver: ClusterObserver {
    private unowned let world: World
    private unowned let worker: SimulatedWorker
    private var question: (question: ClusterQuestion, wake: @Sendable () -> Void)?
    private var findings: ClusterFindings?

    init(_ world: World, _ worker: SimulatedWorker) {
        self.world = world
        self.worker = worker
    }

    func ask(_ question: ClusterQuestion, wake: @escaping @Sendable () -> Void) {
        guard self.question == nil else { return }
        self.question = (question, wake)
        world.after(world.brokerRandom.time(.millisecond...50 * .millisecond), .clusterAnswers(worker))
    }

    /// What the log holds now.
    func answer() {
        guard let (question, wake) = question else { return }
        self.question = nil
        var findings = ClusterFindings(assignment: question.assignment)
        findings.partitionCounts = world.partitionCounts
        findings.compare(question.positions) { world.offsets(newerThan: $0) }
        self.findings = findings
        wake()
    }

    func takeFindings() -> ClusterFindings? {
        defer { findings = nil }
        return findings
    }

    func describe(_ group: String) -> GroupDescription? { nil }
}
