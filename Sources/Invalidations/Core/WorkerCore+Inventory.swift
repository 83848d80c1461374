// What is open, for people who look for the reason why something does not end.
extension WorkerCore {
    /// A line for each open record, edge and partition.
    package func inventory() -> [String] {
        var lines: [String] = []
        for index in records.indices {
            let record = records[index]
            let parts = record.request.targets.map { target in
                "\(target.name) \(target.stage) \(target.state.rawValue) attempts \(target.attempts)"
            }
            let due = record.retry.map { " due \($0.notBefore)" } ?? ""
            lines.append(
                "record \(record.position.source.topic)/\(record.position.source.partition)/\(record.position.offset) "
                    + "of \(record.origin.offset) \(record.phase)\(due): \(parts.joined(separator: ", "))")
        }
        for (edge, runtime) in runtimes.enumerated() {
            lines.append(
                "edge \(runtime.name) \(runtime.breakerState), "
                    + "in flight \(queues[edge].inFlight) of \(runtime.batchesMax), "
                    + "parts \(queues[edge].parts), delayed \(runtime.delayed), "
                    + "in line \(runtime.waitingForCapacityCount), lanes \(queues[edge].ready.count), "
                    + "throttled until \(runtime.throttledUntil), backlog \(runtime.wantsBacklogSearch), "
                    + "up \(runtime.upSince.map(\.text) ?? "unproven")"
            )
        }
        for index in queues.laneIndices {
            let lane = queues[lane: index]
            lines.append(
                "lane \(namespaces[lane.namespace].namespace) \(runtimes[lane.edge].name) \(lane.priority) "
                    + "\(lane.state), requests \(lane.requests), entries \(lane.entries.count)")
        }
        for index in partitions.indices {
            let partition = partitions[index]
            guard partition.offsets.width > 0 || partition.recoveryScan != nil || partition.fullLane != nil else {
                continue
            }
            lines.append(
                "partition \(partition.source.topic)/\(partition.source.partition) "
                    + "from \(partition.offsets.watermark) to \(partition.offsets.next), delayed \(partition.delayed), "
                    + "waits for a lane \(isStopped(partition: index)), too wide "
                    + "\(partition.isTooWide), recovery scan \(String(describing: partition.recoveryScan))")
        }
        return lines + strictSequencer.lines
    }
}
