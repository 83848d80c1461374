// What is open, for people who look for the reason why something does not end.
extension WorkerCore {
    /// A line for each open record, edge and partition.
    package func inventory() -> [String] {
        var lines: [String] = []
        for place in records.places {
            let record = records[place]
            let parts = record.targets.map { target in
                "\(target.name) \(target.stage) \(target.state.rawValue) attempts \(target.attempts)"
            }
            let due = record.note.map { " due \($0.notBefore)" } ?? ""
            lines.append(
                "record \(record.position.source.topic)/\(record.position.source.partition)/\(record.position.offset) "
                    + "of \(record.origin.offset) \(record.phase)\(due): \(parts.joined(separator: ", "))")
        }
        for desk in desks {
            lines.append(
                "edge \(desk.name) \(desk.breaker.state), in flight \(desk.inFlight) of \(desk.concurrency.current), "
                    + "parts \(desk.parts), parked \(desk.parked), in line \(desk.inLine.count), lanes \(desk.ready.count), "
                    + "throttled until \(desk.throttledUntil), backlog \(desk.hasDeferredBacklog), "
                    + "up \(desk.upSince.map(\.text) ?? "unproven")"
            )
        }
        for place in lanes.places {
            let lane = lanes[place]
            lines.append(
                "lane \(namespaces[lane.namespace].namespace) \(desks[lane.edge].name) \(lane.priority) \(lane.state), "
                    + "requests \(lane.requests), entries \(lane.waiting.count)")
        }
        for place in partitions.places {
            let partition = partitions[place]
            guard partition.ledger.width > 0 || partition.survey != nil || partition.fullLane != nil else { continue }
            lines.append(
                "partition \(partition.source.topic)/\(partition.source.partition) from \(partition.ledger.watermark) to "
                    + "\(partition.ledger.next), parked \(partition.parked), waits for a lane \(isStopped(partition: place)), too wide "
                    + "\(partition.isTooWide), survey \(String(describing: partition.survey))")
        }
        return lines + strictOrder.lines
    }
}
