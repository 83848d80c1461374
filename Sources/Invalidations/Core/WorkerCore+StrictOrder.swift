// Strict order: a part of a strict namespace is sent only when all earlier ones of its line have ended.
extension WorkerCore {
    /// The line that a part stands in; nil where order does not matter beyond first attempts.
    func strictLine(_ index: Int, _ target: Int) -> StrictOrder.Line? {
        guard !settings.strictNamespaces.isEmpty, records[index].request[target].step == .first else { return nil }
        return strictLine(index, edge: records[index].request[target].edge)
    }

    func strictLine(_ index: Int, edge: Int?) -> StrictOrder.Line? {
        // A replayed request has had its turn: it stands outside the line.
        guard let namespace = records[index].namespace, namespaces[namespace].isStrict, let edge,
            records[index].replay == nil,
            // A request that waits for its own time gets its position in line when that has come.
            !isEarly(index)
        else { return nil }
        return StrictOrder.Line(
            partition: records[index].position.source.partition, namespace: namespaces[namespace].namespace,
            edge: edge, priority: records[index].priority)
    }

    /// A request of the line has ended: the next one need not wait any longer.
    mutating func endInLine(_ offset: Int64, _ line: StrictOrder.Line) {
        if let next = strictSequencer.end(offset, line) {
            consequences.append(.startNextStrict(offset: next, line))
        }
    }

    /// Starts the retries in hand of the request whose turn it is in the line.
    mutating func startNextStrict(_ offset: Int64, _ line: StrictOrder.Line) {
        // It may not have been read yet: then it is looked for.
        runtimes[line.edge].requestBacklogSearch()
        for index in strictSequencer.retries(of: offset, line) where records.isUsed(index) {
            guard records[index].retryBox != nil else { continue }
            for target in records[index].request.targets.indices
            where records[index].request[target].stage == .waiting && strictLine(index, target) == line {
                consequences.append(.start(records.partKey(index, target)))
            }
        }
    }

    /// Defers the later requests of a line that wait in their lanes.
    mutating func deferLaterRequests(than offset: Int64, _ line: StrictOrder.Line) {
        var behind: [PartKey] = []
        for lane in queues.lanes(of: line.edge) where queues[lane: lane].priority == line.priority {
            guard namespaces[queues[lane: lane].namespace].namespace == line.namespace else { continue }
            behind += queues.parts(in: lane)
        }
        for part in behind where isUnsettled(part) {
            let (index, target) = (part.record.index, Int(part.target))
            guard records[index].origin.offset > offset, records[index].request[target].stage != .sending,
                records[index].position.source.partition == line.partition,
                records[index].request[target].step == .first, records[index].replay == nil
            else { continue }
            consequences.append(.deferPart(part))
        }
    }
}
