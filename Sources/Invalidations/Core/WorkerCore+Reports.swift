// Progress reports of requests that take long, and of those that end.
extension WorkerCore {
    /// The request's edges are at work from now on.
    mutating func watch(_ index: Int) {
        let look = records.watch(index, now: now.monotonic)
        watchGuards()
        if let look { remind(.reports, at: look) }
    }

    /// Reports on requests that take long, as many as belong in one event.
    mutating func reportThoseDue() {
        var left = settings.actionsAtOnce
        while left > 0, let index = records.nextDueReport(now: now.monotonic) {
            report(index, .interimReport)
            left -= 1
        }
        guard let look = records.nextReportLook() else { return }
        if look <= now.monotonic { remind(.reports, at: now.monotonic + 1) } else { remindRoughly(.reports, at: look) }
    }

    mutating func report(_ index: Int, _ kind: DeliveryTicket.Kind) {
        guard let identity = identity(index) else { preconditionFailure("only requests are reported on") }
        var edges: [RequestReport.Edge] = []
        edges.reserveCapacity(records[index].request.targets.count)
        // A second purge is only told of once Kafka has its retry record: after a crash before that, the request may
        // expire without one, and nobody would ever end what was told.
        for target in records[index].request.targets where kind == .lastReport || target.deferReason != .repeatPurge {
            let state = shown(target, index, kind)
            edges.append(
                RequestReport.Edge(
                    name: target.name, state: state, attempts: target.attempts, failure: target.failure,
                    wait: state == .deferred && target.failure == nil ? obstacle(of: target, index) : nil,
                    objects: target.objects))
        }
        if kind == .interimReport {
            // Nor is the request called completed before that.
            let isHidden = edges.count < records[index].request.targets.count
            guard !isHidden || !edges.allSatisfy(\.state.isTerminal) else { return }
            records[index].isInterimReportInFlight = true
            records[index].hasNews = false
        }
        let attempt = RequestAttempt(identity.id, records[index].replay)
        actions.append(
            .report(
                DeliveryTicket(record: records.key(index), kind: kind).number,
                RequestReport(
                    id: attempt.id, generation: attempt.generation, run: records[index].replay?.run,
                    namespace: identity.namespace,
                    requestedAt: records[index].invalidation?.requestedAt ?? identity.id.time ?? now.wall, at: now.wall,
                    origin: records[index].origin, edges: edges,
                    failure: kind == .lastReport ? wholeFailure(index) : nil,
                    notBefore: records[index].invalidation?.notBefore)))
    }

    /// What a deferred part waits for; nil where that is not known any more.
    private func obstacle(of target: Target, _ index: Int) -> String? {
        guard let reason = target.deferReason else { return nil }
        let inner = target.edge.map { unpurgedBelow(runtimes[$0].profile.layer, index) } ?? []
        guard reason == .order, !inner.isEmpty else { return reason.wait }
        return "waits for \(inner.prefix(3).joined(separator: ", ")), of an inner layer"
    }

    /// Edges of inner layers that have not got the request.
    private func unpurgedBelow(_ layer: Int, _ index: Int) -> [String] {
        guard hasLayers else { return [] }
        return records[index].request.targets.compactMap { other in
            guard let edge = other.edge, other.step == .first, runtimes[edge].profile.layer < layer,
                !other.state.isSuccess
            else { return nil }
            return other.name
        }
    }

    /// Nil where there is nothing to report on.
    func identity(_ index: Int) -> RequestIdentity? {
        records[index].invalidation.map { RequestIdentity(id: $0.id, namespace: $0.namespace) }
            ?? records[index].identity
    }

    /// Why no edge gets the request at all; nil where edges failed one by one, or not.
    private func wholeFailure(_ index: Int) -> RequestFailure? {
        switch records[index].deadClass {
        case .undecodable?, .unroutable?:
            RequestFailure(
                failureClass: records[index].deadClass?.rawValue ?? "", message: records[index].reason)
        case .permanent?, .exhausted?, nil: nil
        }
    }

    /// Nothing is called dead before Kafka has its dead letter: after a crash the request may still end otherwise.
    /// What waits for its own time was not tried yet: it is queued.
    private func shown(_ target: Target, _ index: Int, _ kind: DeliveryTicket.Kind) -> EdgeState {
        switch target.state {
        case .dead: kind == .lastReport ? .dead : .deferred
        case .deferred: isEarly(index) ? .queued : .deferred
        case let state: state
        }
    }
}
