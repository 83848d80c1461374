// How a record ends: every edge settled, then the dead letter if there is one, then the report, then the ledger.
extension WorkerCore {
    /// An edge is done with a request, for better or worse.
    mutating func settle(
        _ entry: LaneEntry, _ state: EdgeState, _ failure: PurgeFailure?, now: Instant, actions: inout [WorkerAction]
    ) {
        let place = entry.record
        records[place].references -= 1
        guard !records[place].isAbandoned else { return freeIfUnreferenced(place) }
        precondition(records[place].phase == .purging && records[place].targetsLeft > 0, "a target settled twice")
        records[place].targets[entry.target].state = state
        records[place].targets[entry.target].failure = failure
        records[place].targetsLeft -= 1
        if let failure, state == .dead {
            let isHopeless = failure.isPermanent
            condemn(
                place, isHopeless ? .permanent : .exhausted,
                "\(edges[records[place].targets[entry.target].edge].name): \(failure.message)")
        }
        if records[place].targetsLeft == 0 { endPurging(place, now: now, actions: &actions) }
    }

    /// The record needs a dead letter. Of several reasons the first is told; every failed edge has its own.
    mutating func condemn(_ place: Int, _ deadClass: DeadLetter.Class, _ reason: String) {
        guard records[place].deadClass == nil else { return }
        records[place].deadClass = deadClass
        records[place].reason = reason
    }

    mutating func endPurging(_ place: Int, now: Instant, actions: inout [WorkerAction]) {
        precondition(records[place].phase == .purging && records[place].targetsLeft == 0, "an edge is still to answer")
        if records[place].deadClass != nil {
            records[place].phase = .burying
            bury(place, now: now, actions: &actions)
        } else {
            startReporting(place, now: now, actions: &actions)
        }
    }

    mutating func deliveryEnded(_ ticket: DeliveryTicket, isStored: Bool, now: Instant, actions: inout [WorkerAction]) {
        let place = ticket.record
        records[place].references -= 1
        guard !records[place].isAbandoned else { return freeIfUnreferenced(place) }
        if ticket.kind == .interim {
            // Nobody waits for it, and the next one says it all again.
            records[place].isInterimReportInFlight = false
            return freeIfUnreferenced(place)
        }
        guard isStored else {
            return remind(.redeliver(retain(place)), after: settings.redeliveryPause.nanoseconds, now: now)
        }
        switch records[place].phase {
        case .burying: startReporting(place, now: now, actions: &actions)
        case .reporting: finish(place)
        case .purging, .finished: preconditionFailure("an acknowledgement that nobody waits for")
        }
    }

    mutating func redeliver(_ place: Int, now: Instant, actions: inout [WorkerAction]) {
        records[place].references -= 1
        guard !records[place].isAbandoned else { return freeIfUnreferenced(place) }
        switch records[place].phase {
        case .burying: bury(place, now: now, actions: &actions)
        case .reporting: report(place, .last, now: now, actions: &actions)
        case .purging, .finished: preconditionFailure("nothing to hand over again")
        }
    }

    /// A request that takes its time says how far it is.
    mutating func reportInterim(_ place: Int, _ position: RecordPosition, now: Instant, actions: inout [WorkerAction]) {
        guard records.contains(place), records[place].position == position, !records[place].isAbandoned,
            records[place].phase == .purging
        else { return }
        if !records[place].isInterimReportInFlight {
            records[place].isInterimReportInFlight = true
            report(place, .interim, now: now, actions: &actions)
        }
        remind(.reportRecord(place, position), after: settings.reportInterval.nanoseconds, now: now)
    }

    mutating func freeIfUnreferenced(_ place: Int) {
        let record = records[place]
        guard record.references == 0, record.isAbandoned || record.phase == .finished else { return }
        openBytes -= record.original.byteCount
        if let namespace = record.namespace { namespaces.release(namespace) }
        records.remove(place)
    }

    private mutating func startReporting(_ place: Int, now: Instant, actions: inout [WorkerAction]) {
        records[place].phase = .reporting
        // What is no request has no id to report on: its dead letter is all there is to know.
        guard records[place].invalidation != nil else { return finish(place) }
        report(place, .last, now: now, actions: &actions)
    }

    private mutating func finish(_ place: Int) {
        records[place].phase = .finished
        let source = records[place].position.source
        precondition(ledgers[source]?.epoch == records[place].epoch, "a finished record of a revoked assignment")
        ledgers[source]?.finish(records[place].ticket)
        finishedSinceCommit += 1
        freeIfUnreferenced(place)
    }

    private mutating func retain(_ place: Int) -> Int {
        records[place].references += 1
        return place
    }

    private mutating func bury(_ place: Int, now: Instant, actions: inout [WorkerAction]) {
        guard let deadClass = records[place].deadClass else { preconditionFailure("nothing to bury") }
        let failed = records[place].targets.compactMap { target in
            target.failure.map {
                DeadLetter.FailedEdge(edge: edges[target.edge].name, attempts: target.attempts, failure: $0)
            }
        }
        let letter = DeadLetter(
            deadClass: deadClass, position: records[place].position, original: records[place].original,
            invalidation: records[place].invalidation, failedEdges: failed, reason: records[place].reason,
            firstFailedAt: records[place].firstFailedAt ?? now.wall,
            lastFailedAt: now.wall)
        actions.append(.bury(DeliveryTicket(record: retain(place), kind: .deadLetter).number, letter))
    }

    private mutating func report(_ place: Int, _ kind: DeliveryTicket.Kind, now: Instant, actions: inout [WorkerAction])
    {
        guard let invalidation = records[place].invalidation else {
            preconditionFailure("only requests are reported on")
        }
        let edges = records[place].targets.map {
            RequestReport.Edge(
                name: self.edges[$0.edge].name, state: $0.state, attempts: $0.attempts, failure: $0.failure)
        }
        let report = RequestReport(
            id: invalidation.id, namespace: invalidation.namespace, requestedAt: invalidation.requestedAt,
            at: now.wall, origin: records[place].position, edges: edges)
        actions.append(.report(DeliveryTicket(record: retain(place), kind: kind).number, report))
    }
}
