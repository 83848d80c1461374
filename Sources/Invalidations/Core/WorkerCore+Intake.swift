// From a record to its lanes.
extension WorkerCore {
    mutating func take(_ record: IncomingRecord, now: Instant, actions: inout [WorkerAction]) {
        let source = record.position.source
        // Not assigned any more, or read before: whoever owns the partition has it.
        guard let ticket = ledgers[source]?.begin(record.position.offset), let epoch = ledgers[source]?.epoch else {
            return
        }
        let place = track(record, ticket: ticket, epoch: epoch)
        switch record.content {
        case .failure(let error):
            condemn(place, .undecodable, error.message)
            endPurging(place, now: now, actions: &actions)
        case .success:
            route(place, now: now, actions: &actions)
        }
    }

    private mutating func track(_ record: IncomingRecord, ticket: Int64, epoch: UInt64) -> Int {
        openBytes += record.original.byteCount
        let invalidation = try? record.content.get()
        let namespace = invalidation.map { namespaces.retain($0.namespace) }
        var targets: [TrackedRecord.Target] = []
        if let invalidation, let namespace {
            for edge in namespaces[namespace].edges where edges[edge].isTarget(of: invalidation.selectors) {
                targets.append(TrackedRecord.Target(edge: edge))
            }
        }
        return records.insert(
            TrackedRecord(
                record, ticket: ticket, epoch: epoch, invalidation: invalidation, namespace: namespace, targets: targets
            ))
    }

    /// Puts the record into the lane of every edge that must forget.
    private mutating func route(_ place: Int, now: Instant, actions: inout [WorkerAction]) {
        guard !records[place].targets.isEmpty else {
            let name = records[place].invalidation?.namespace.name ?? ""
            condemn(
                place, .unroutable,
                "no edge serves namespace \(name) for these selectors: add it to an edge's namespaces")
            return endPurging(place, now: now, actions: &actions)
        }
        remind(
            .reportRecord(place, records[place].position), after: settings.firstReportAfter.nanoseconds, now: now)
        for target in records[place].targets.indices {
            let lane = laneOf(place, target)
            lanes[lane].waiting.append(LaneEntry(record: place, target: target))
            records[place].references += 1
            if lanes[lane].state == .idle { sendNext(lane, now: now, actions: &actions) }
        }
    }

    private mutating func laneOf(_ place: Int, _ target: Int) -> Int {
        guard let namespace = records[place].namespace else { preconditionFailure("a request has a namespace") }
        let edge = records[place].targets[target].edge
        guard let column = namespaces[namespace].edges.firstIndex(of: edge) else {
            preconditionFailure("\(edges[edge].name) does not serve the namespace of its own target")
        }
        if let lane = namespaces[namespace].lanes[column] { return lane }
        let lane = lanes.insert(Lane(namespace: namespace, edge: edge))
        namespaces[namespace].lanes[column] = lane
        namespaces.retain(namespace)
        return lane
    }
}
