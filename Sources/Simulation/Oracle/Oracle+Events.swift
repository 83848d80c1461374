internal import Invalidations

// How the truth grows with what happens.
extension Oracle {
    func stored(_ record: LogRecord, now: SimulatedTime) {
        guard let number = record.request else { return }
        let request = requests[number]
        guard let retry = record.retry, !record.source.isReplay else {
            request.records.append(record)
            guard let called = request.invalidation?.cancels else { return }
            // All tries of the request, those to come included.
            for other in requests where other.invalidation?.id == called {
                guard other.invalidation?.namespace == request.invalidation?.namespace else { continue }
                other.cancelStoredAt = other.cancelStoredAt ?? now
            }
            return
        }
        if request.retryRecords.count > 16 { request.retryRecords.removeAll(where: \.isKnownFinished) }
        request.retryRecords.append(record)
        for part in retry.parts {
            guard let slot = self.part(named: part.step.name(of: part.edge)) else { continue }
            request.parts[slot].retrySequence = max(request.parts[slot].retrySequence, record.sequence)
        }
    }

    func begun(_ record: LogRecord, by worker: SimulatedWorker, now: SimulatedTime) {
        worker.begun[record.origin, default: []].append(BegunRecord(record: record, at: now))
        // The first one and the last ones tell enough of a request that is deferred for hours. A log that went back
        // uses its offsets again, so several requests may have one origin.
        let same = (worker.begun[record.origin] ?? []).indices.filter { slot in
            worker.begun[record.origin]?[slot].record.request == record.request
        }
        if same.count > 4 { worker.begun[record.origin]?.remove(at: same[1]) }
    }

    func sent(_ sentBatch: SentBatch) {
        for item in sentBatch.batch.items {
            owner(of: item)?.parts[Oracle.part(sentBatch.edge, .first)].wasSent = true
        }
    }

    /// What the edge did, and what the worker is about to hear.
    func answered(_ sentBatch: SentBatch, now: SimulatedTime) {
        for (slot, item) in sentBatch.batch.items.enumerated() {
            let owner = owner(of: item)
            let part = Oracle.part(sentBatch.edge, .first)
            switch sentBatch.outcome[slot] {
            case .acknowledged:
                evidence.add(
                    item, sentBatch.batch.mode, edge: sentBatch.edge, namespace: sentBatch.batch.namespace,
                    startedAt: sentBatch.startedAt)
                owner?.parts[part].firstAcknowledgedAt = owner?.parts[part].firstAcknowledgedAt ?? now
            case .failed(let failure):
                owner?.parts[part].failures += 1
                switch failure.failureClass {
                case .transient, .unknown: owner?.parts[part].countedFailures += 1
                case .permanentItem where sentBatch.batch.items.count == 1 || !failure.isShared:
                    owner?.parts[part].wasRefusedAlone = true
                case .permanentTarget where sentBatch.batch.items.count == 1 || !failure.isShared:
                    owner?.parts[part].countedFailures += 1
                case .permanentItem, .permanentTarget, .throttled, .quota: break
                }
            }
        }
    }

    func deadLettered(_ deadLetter: DeadLetter) {
        guard let request = deadLetter.attempt.flatMap({ request($0) }) else { return }
        for failed in deadLetter.failedEdges {
            if let part = part(named: failed.edge) { request.parts[part].isDeadLetterMade = true }
        }
    }

    func stored(_ deadLetter: DeadLetter) {
        guard let request = request(of: deadLetter) else { return }
        request.isDeadLetterStored = true
        for failed in deadLetter.failedEdges {
            if let part = part(named: failed.edge) { request.parts[part].isDeadLetterStored = true }
        }
    }

    /// Rubbish has no id: its dead letter is known by the record's place.
    func request(of deadLetter: DeadLetter) -> RequestOracle? {
        if let attempt = deadLetter.attempt { return request(attempt) }
        // A log that went back uses its offsets again.
        let candidates = requests.filter { request in request.records.contains { $0.position == deadLetter.position } }
        return candidates.last { $0.publication.original == deadLetter.original } ?? candidates.last
    }

    func stored(_ report: RequestReport) {
        guard let request = request(report.attempt) else { return }
        request.isReported = true
        for edge in report.edges {
            guard let part = part(named: edge.name) else { continue }
            request.parts[part].state = max(request.parts[part].state ?? .queued, edge.state)
        }
    }
}
