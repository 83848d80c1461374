// Routing: a record becomes one part for each edge that serves its namespace.
extension WorkerCore {
    mutating func accept(_ record: IncomingRecord) {
        // Not assigned any more: the new owner of the partition reads it.
        guard let partition = partitionIndices[record.position.source], recoveryScan(record, partition: partition),
            let index = track(record, partition: partition)
        else { return }
        relieve(partition)
        switch record.content {
        case .failure(let error):
            records[index].identity = error.identity
            markDead(index, .undecodable, error.message)
            endPurging(index)
        case .success(let invalidation):
            if let cancelled = invalidation.cancels {
                cancel(cancelled, by: index)
            } else if let refusal = waitRefusal(index) {
                markDead(index, .undecodable, refusal)
                endPurging(index)
            } else if records[index].retryBox != nil {
                startRetry(index)
            } else {
                startFirst(index, invalidation)
            }
        }
    }

    /// - Returns: nil for a record that was read before, or finished by an earlier owner.
    private mutating func track(_ record: IncomingRecord, partition: Int) -> Int? {
        let invalidation = try? record.content.get()
        let index = records.open(
            OpenRecord(
                record, partition: partition, priority: priority(of: record), invalidation: invalidation,
                namespace: invalidation.map { namespaces.retain($0.namespace) }, startedAt: now.monotonic))
        let begin = partitions[partition].begin(
            record.position.offset, record: index, namespace: records[index].namespace)
        switch begin {
        case .begun(let ticket):
            records[index].ticket = ticket
            return index
        case .finishedBefore: finishedSinceCommit += 1
        case .known: break
        }
        if let namespace = records[index].namespace { namespaces.release(namespace) }
        records.close(index)
        return nil
    }

    /// Of the request.
    func id(_ index: Int) -> RequestID {
        guard let invalidation = records[index].invalidation else { preconditionFailure("only requests have an id") }
        return invalidation.id
    }

    /// That of the topic it was published on; what garbled headers leave unknown, the request itself says.
    func priority(of record: IncomingRecord) -> Int {
        // A replay is scheduled behind live traffic, whatever topic it began on.
        if record.position.source.isReplay || record.retryBox?.retry.replay != nil { return Self.replayPriority }
        let topic = (record.retryBox?.retry.origin ?? record.position).source.topic
        if Priority.allCases.indices.contains(topic) { return topic }
        let own = (try? record.content.get())?.priority ?? .normal
        return Priority.allCases.firstIndex(of: own) ?? 0
    }

    private static let replayPriority = Priority.allCases.count - 1

    /// This try of the request.
    func attempt(_ index: Int) -> RequestAttempt { RequestAttempt(id(index), records[index].replay) }

    /// A request that comes for the first time: every edge that must forget gets its part.
    private mutating func startFirst(_ index: Int, _ invalidation: Invalidation) {
        guard let namespace = records[index].namespace else { preconditionFailure("a request has a namespace") }
        let kinds = invalidation.selectors.kinds
        let edges = namespaces[namespace].edges
        var targets: [Target] = []
        targets.reserveCapacity(edges.count)
        var isSkipped = true
        for edge in edges {
            guard runtimes[edge].profile.isTarget(of: kinds) else {
                targets.append(.skipped(edge: edge, name: runtimes[edge].name))
                continue
            }
            isSkipped = false
            targets.append(Target(edge: edge, step: .first, name: runtimes[edge].name))
        }
        // A request that no edge is to be asked for has failed as a whole.
        if let reason = unroutable(isSkipped ? [] : targets, invalidation.namespace) {
            markDead(index, .unroutable, reason)
            return endPurging(index)
        }
        records[index].request = Request(targets)
        watch(index)
        guard !endsAtOnce(index) else { return }
        openFirstLayer(index)
        for target in records[index].request.targets.indices where records[index].request[target].stage == .waiting {
            startFirst(index, target)
            workOffConsequences()
        }
    }

    /// Why a request can go nowhere; nil when it can.
    func unroutable(_ targets: [Target], _ namespace: Namespace) -> String? {
        guard !targets.isEmpty else {
            return "no edge serves namespace \(namespace.name) for these selectors: add it to an edge's namespaces"
        }
        guard targets.count > Limits.edges / 2 else { return nil }
        let steps = targets.reduce(0) { steps, target in steps + (target.edge.map { runtimes[$0].profile.steps } ?? 1) }
        guard steps > Limits.edges else { return nil }
        return "\(steps) edges, second purges included, serve namespace \(namespace.name); a request can have "
            + "\(Limits.edges): share them out among namespaces"
    }

    private mutating func startFirst(_ index: Int, _ target: Int) {
        guard let edge = records[index].request[target].edge else { preconditionFailure("a first part has an edge") }
        if let failure = unsupported(index, by: edge, isAll: true) {
            return settle(index, target, as: .dead(failure))
        }
        if isEarly(index) { return settle(index, target, as: .deferred(.scheduled)) }
        if canDefer, let failure = refusal(index, edge) { return deferRefused(index, target, failure) }
        if canDefer, let reason = reasonToDefer(index, target, edge) {
            guard reason == .overflow, !holdsUpOthers(index, edge) else {
                return settle(index, target, as: .deferred(reason))
            }
            // Nobody else waits for this edge: what is published stays in order, and the reading stops.
            stopReading(index, edge)
        }
        enqueue(index, target, edge)
    }

    /// What nobody needs any more is not sent: it is too late for it, or it was called off.
    ///
    /// - Returns: whether it ended.
    mutating func endsAtOnce(_ index: Int) -> Bool {
        guard let invalidation = records[index].invalidation else { return false }
        let settlement: Settlement
        if !cancelled.isEmpty, cancelled.contains(invalidation) {
            settlement = .cancelled
        } else if isExpired(invalidation, index) {
            settlement = .expired
        } else {
            return false
        }
        settleRest(index, as: settlement)
        return true
    }

    /// - Parameter invalidation: that of the record: its callers have it at hand.
    func isExpired(_ invalidation: Invalidation, _ index: Int) -> Bool {
        if let expiry = invalidation.expiresAt {
            // What would expire while it waits is not waited for.
            if expiry <= now.wall { return true }
            if let notBefore = invalidation.notBefore, expiry <= notBefore { return true }
        }
        // Somebody still wanted it when it was replayed.
        var begin = invalidation.effectiveAt
        if let replay = records[index].replay { begin = max(begin, replay.replayedAt) }
        return begin + bounds.maximumAge <= now.wall
    }

    /// What the dead letter says of selectors that the edge has no means for; nil where it has.
    ///
    /// - Parameter isAll: only if the edge has no means for any of them.
    func unsupported(_ index: Int, by edge: Int, isAll: Bool) -> PurgeFailure? {
        let kinds = records[index].measure.kinds
        let accepts = runtimes[edge].profile.accepts
        guard !kinds.isSubset(of: accepts), runtimes[edge].profile.unsupported == .dead,
            !isAll || kinds.isDisjoint(with: accepts)
        else { return nil }
        let missing = kinds.subtracting(accepts)
        return PurgeFailure(
            .permanentItem,
            "\(runtimes[edge].name) cannot purge \(missing.names); publish \(accepts.names) for it, "
                + "or set its `unsupported` to skip")
    }

    /// A request of an earlier record is called off, and this one has nothing else to do.
    private mutating func cancel(_ id: RequestID, by index: Int) {
        guard let namespace = records[index].namespace, let invalidation = records[index].invalidation else {
            preconditionFailure("a cancellation has a namespace")
        }
        cancelled.insert(id, namespace: invalidation.namespace)
        for other in records.indices(of: id, now: now.monotonic)
        where records.isUsed(other) && records[other].namespace == namespace && other != index {
            cancelWaiting(other)
        }
        records[index].request = Request(
            namespaces[namespace].edges.map { Target(edge: $0, step: .first, name: runtimes[$0].name) })
        guard records[index].request.targetsLeft > 0 else {
            markDead(index, .unroutable, "no edge serves namespace \(invalidation.namespace.name)")
            return endPurging(index)
        }
        watch(index)
        settleRest(index, as: .coalesced)
    }

    /// A purge that is with the edge is not called back.
    private mutating func cancelWaiting(_ index: Int) {
        guard records[index].phase == .purging || records[index].phase == .delayed else { return }
        for target in records[index].request.targets.indices {
            switch records[index].request[target].stage {
            case .waiting, .held, .queued:
                settle(index, target, as: .cancelled)
                workOffConsequences()
            case .sending, .settled: break
            }
        }
    }
}
