internal import Invalidations

/// The consumer group, as the broker keeps it: who is in, who has which partitions, what is committed.
struct Group {
    /// In the order in which they joined.
    private(set) var members: [SimulatedWorker] = []
    private(set) var generation = 0
    private(set) var isRebalancing = false
    /// Those who have not given up their partitions for the rebalance yet.
    private var waitingFor: [SimulatedWorker] = []
    /// By the log's partitions.
    private(set) var committed: [CommitPoint?]

    init(sources: Int) {
        committed = Array(repeating: nil, count: sources)
    }

    func isMember(_ worker: SimulatedWorker) -> Bool { members.contains { $0 === worker } }

    mutating func join(_ worker: SimulatedWorker) {
        members.append(worker)
    }

    mutating func leave(_ worker: SimulatedWorker) {
        members.removeAll { $0 === worker }
        waitingFor.removeAll { $0 === worker }
    }

    /// - Returns: the members that must give up what they have first; empty while a rebalance is under way.
    mutating func beginRebalance() -> [SimulatedWorker] {
        guard !isRebalancing else { return [] }
        isRebalancing = true
        waitingFor = members.filter { $0.ownedPartitions > 0 || !$0.isRunning }
        return waitingFor.filter(\.isRunning)
    }

    func waits(for worker: SimulatedWorker) -> Bool { waitingFor.contains { $0 === worker } }

    mutating func gaveUp(_ worker: SimulatedWorker) {
        waitingFor.removeAll { $0 === worker }
    }

    /// Deals the partitions out by ranges, the same numbers of every topic to the same member, once everyone is ready.
    ///
    /// - Returns: nil while somebody is waited for.
    mutating func completeRebalance(partitions: Int) -> [(worker: SimulatedWorker, partitions: [Int])]? {
        guard isRebalancing, waitingFor.isEmpty, !members.isEmpty else { return nil }
        isRebalancing = false
        generation += 1
        let (least, more) = partitions.quotientAndRemainder(dividingBy: members.count)
        var next = 0
        return members.enumerated().map { slot, worker in
            worker.generation = generation
            let count = least + (slot < more ? 1 : 0)
            defer { next += count }
            return (worker, Array(next..<(next + count)))
        }
    }

    /// - Returns: whether the broker takes a commit of that worker.
    func acceptsCommits(of worker: SimulatedWorker) -> Bool {
        isMember(worker) && worker.generation == generation
    }

    /// What was committed goes with its topic.
    mutating func forgetCommit(_ source: Int) { committed[source] = nil }

    mutating func commit(_ source: Int, _ point: CommitPoint) {
        committed[source] = point
    }
}
