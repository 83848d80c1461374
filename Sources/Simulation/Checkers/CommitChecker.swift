internal import Invalidations

/// Nothing lost: what is committed is finished, every record below the offset and in the completed-offset set; commits
/// never go back, and nobody commits for partitions that are another's.
final class CommitChecker: Checker {
    let name = "commits"
    /// By the log's partitions: below that place everything was found finished.
    private var checked: [Int]
    private var committed: [Int64]

    init(_ scenario: Scenario) {
        let count = (SourcePartition.replayTopic + 1 + scenario.settings.retryTiers.count) * scenario.partitions
        checked = Array(repeating: 0, count: count)
        committed = Array(repeating: 0, count: count)
    }

    func see(_ observation: Observation, in world: World) {
        if case .rolledBack(let index) = observation { return begin(index, world) }
        guard case .commit(let worker, let source, let point, let isTaken) = observation else { return }
        guard worker.owns(source.partition) else {
            return violation(world, "\(worker.name) commits \(world.name(source)), which is not its own")
        }
        guard point.metadata.utf8.count <= CompletedOffsets.bytesMax,
            point.metadata.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return violation(world, "\(worker.name) commits metadata that Kafka may refuse or damage") }
        // Until it notices that its log went back, it commits what was finished of the other one.
        guard isTaken, !worker.outdated.contains(world.log.index(source)) else { return }
        check(world.log.index(source), point, worker, world)
    }

    /// The log went back: what is committed may go back with it, and what is left may be read and opened once more.
    private func begin(_ index: Int, _ world: World) {
        let partition = world.log.partitions[index]
        for record in partition.records { record.isKnownFinished = false }
        checked[index] = partition.firstSlot
        committed[index] = 0
    }

    private func check(_ index: Int, _ point: CommitPoint, _ worker: SimulatedWorker, _ world: World) {
        let partition = world.log.partitions[index]
        let where_ = world.name(world.log.source(index))
        guard point.offset >= committed[index] else {
            return violation(world, "\(worker.name) commits \(where_) \(point.offset) after \(committed[index])")
        }
        committed[index] = point.offset
        while checked[index] < partition.records.count, partition.records[checked[index]].offset < point.offset {
            guard isFinished(partition.records[checked[index]], world, "below \(point.offset)") else { return }
            checked[index] += 1
        }
        // A completed-offset set beside an offset that retention has taken reaches nobody: its records will be read
        // again.
        let isOfUse = partition.canRead(from: point.offset)
        for run in DoneOffsets(point).runs {
            var slot = partition.slot(of: run.lowerBound)
            while slot < partition.records.count, partition.records[slot].offset <= run.upperBound {
                guard isFinished(partition.records[slot], world, "in a completed-offset set", isForGood: isOfUse) else {
                    return
                }
                slot += 1
            }
        }
    }

    private func isFinished(_ record: LogRecord, _ world: World, _ how: String, isForGood: Bool = true) -> Bool {
        if record.isKnownFinished { return true }
        guard world.oracle.isFinished(record) else {
            let request = record.request.map { world.oracle.requests[$0].name } ?? "rubbish"
            violation(
                world,
                "\(world.name(record.source)) \(record.offset) (\(request)) is committed \(how), and not finished")
            return false
        }
        if isForGood { record.isKnownFinished = true }
        return true
    }
}
