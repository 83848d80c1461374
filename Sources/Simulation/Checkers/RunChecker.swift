internal import Invalidations
internal import Kafka
internal import Replays
internal import Workers

/// A run publishes each record once, in order, within its window, while it is wanted.
final class RunChecker: Checker {
    let name = "runs"
    /// By run and partition, the last source offset of each source partition that was stored.
    private var last: [String: [TopicPartition: Int64]] = [:]

    func see(_ observation: Observation, in world: World) {
        switch observation {
        case .runPublishes(let record): checkOrder(record, world)
        case .runStored(let record, let stored): checkStored(record, stored, world)
        case .runEnded(let run): checkEnd(run, world)
        case .over:
            if let run = world.runs.first(where: { !$0.isOver }) { violation(world, "\(run.id) is never over") }
        default: break
        }
    }

    private func checkOrder(_ record: RunRecord, _ world: World) {
        let (run, origin) = (record.run, record.publication.origin)
        guard run.order?.wanted == .running else {
            return violation(world, "\(run.id) publishes while it is \(run.order?.wanted.rawValue ?? "nothing")")
        }
        guard run.stored[origin] == nil || isExcused(origin, run, world) else {
            return violation(world, "\(run.id) publishes \(origin.partition) \(origin.number) twice")
        }
        // A new owner does not wait for what others have published.
        guard record.ownerNumber == 1 else { return }
        let ahead =
            run.stored.values.count { world.finishedReplays(of: $0.source.partition) <= $0.offset }
            + record.target.onTheirWay.count
        let window = run.order?.spec.windowInForce ?? 0
        if ahead > window { violation(world, "\(run.id) is \(ahead) records ahead, with a window of \(window)") }
    }

    private func checkStored(_ record: RunRecord, _ stored: LogRecord, _ world: World) {
        let (run, origin) = (record.run, record.publication.origin)
        guard record.ownerNumber == run.owners else { return }
        if let before = last[run.id]?[origin.partition], before >= origin.number, !isExcused(origin, run, world) {
            violation(world, "\(run.id) publishes \(origin.partition) \(origin.number) behind \(before)")
        }
        last[run.id, default: [:]][origin.partition] = origin.number
    }

    private func checkEnd(_ run: SimulatedRun, _ world: World) {
        guard let state = run.state, state.phase == .done || state.phase == .incomplete, let order = run.order else {
            return
        }
        for (origin, position) in run.stored where !isExcused(origin, run, world) {
            guard world.finishedReplays(of: position.source.partition) <= position.offset else { continue }
            return violation(world, "\(run.id) is \(state.phase.rawValue) before its workers are")
        }
        for range in order.spec.ranges {
            guard let source = world.topics.source(of: range.partition) else { continue }
            let partition = world.log.partitions[world.log.index(source)]
            for record in partition.records[partition.firstSlot...] where range.start..<range.end ~= record.offset {
                let origin = RunOrigin(partition: range.partition, number: record.offset)
                if run.stored[origin] == nil, !run.passedOver.contains(origin), !isExcused(origin, run, world) {
                    return violation(world, "\(run.id) leaves out \(origin.partition) \(origin.number)")
                }
            }
        }
        let isWhole = order.spec.ranges.allSatisfy { range in
            !isExcused(RunOrigin(partition: range.partition, number: range.start), run, world)
        }
        if isWhole, !run.hasCopies, state.counts.published != run.stored.count {
            violation(world, "\(run.id) counts \(state.counts.published) records, and \(run.stored.count) stand")
        }
    }

    /// Logs that were cut, made anew or truncated take records of a run along.
    private func isExcused(_ origin: RunOrigin, _ run: SimulatedRun, _ world: World) -> Bool {
        if run.hasCopies { return true }
        let replays = world.log.partitions[world.replayIndex(origin.partition.partition)]
        guard let source = world.topics.source(of: origin.partition) else { return true }
        let read = world.log.partitions[world.log.index(source)]
        return [replays, read].contains { $0.wentBack || $0.startOffset > 0 }
    }
}
