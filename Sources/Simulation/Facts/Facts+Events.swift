internal import Invalidations

// How the truth grows with what happens.
extension Facts {
    func stored(_ record: LogRecord, now: SimulatedTime) {
        guard let number = record.request else { return }
        let request = requests[number]
        guard let note = record.note else {
            request.records.append(record)
            if let called = request.invalidation?.cancels, let other = self.request(called),
                other.invalidation?.namespace == request.invalidation?.namespace
            {
                other.cancelStoredAt = other.cancelStoredAt ?? now
            }
            return
        }
        if request.deferrals.count > 16 { request.deferrals.removeAll(where: \.isKnownFinished) }
        request.deferrals.append(record)
        for part in note.parts {
            guard let place = self.part(named: part.step.name(of: part.edge)) else { continue }
            request.parts[place].deferralSequence = max(request.parts[place].deferralSequence, record.sequence)
            request.parts[place].wasPutOff = true
        }
    }

    func begun(_ record: LogRecord, by worker: SimulatedWorker, now: SimulatedTime) {
        worker.begun[record.origin, default: []].append(BegunRecord(record: record, at: now))
        // The first one and the last ones tell enough of a request that is put off for hours. A log that went back uses its
        // offsets again, so several requests may have one origin.
        let same = (worker.begun[record.origin] ?? []).indices.filter { place in
            worker.begun[record.origin]?[place].record.request == record.request
        }
        if same.count > 4 { worker.begun[record.origin]?.remove(at: same[1]) }
    }

    func sent(_ flight: Flight) {
        for item in flight.batch.items {
            owner(of: item)?.parts[Facts.part(flight.edge, .first)].wasSent = true
        }
    }

    /// What the edge did, and what the worker is about to hear.
    func answered(_ flight: Flight, now: SimulatedTime) {
        for (place, item) in flight.batch.items.enumerated() {
            let owner = owner(of: item)
            let part = Facts.part(flight.edge, .first)
            switch flight.outcome[place] {
            case .acknowledged:
                evidence.add(
                    item, flight.batch.mode, edge: flight.edge, namespace: flight.batch.namespace,
                    startedAt: flight.startedAt)
                owner?.parts[part].firstAcknowledgedAt = owner?.parts[part].firstAcknowledgedAt ?? now
                owner?.parts[part].lastAcknowledgedAt = now
            case .failed(let failure):
                owner?.parts[part].failures += 1
                switch failure.failureClass {
                case .transient, .unknown: owner?.parts[part].countedFailures += 1
                case .permanentItem where flight.batch.items.count == 1 || !failure.isShared:
                    owner?.parts[part].wasRefusedAlone = true
                case .permanentTarget where flight.batch.items.count == 1 || !failure.isShared:
                    owner?.parts[part].countedFailures += 1
                case .permanentItem, .permanentTarget, .throttled, .quota: break
                }
            }
        }
    }

    func buried(_ letter: DeadLetter) {
        guard let request = letter.invalidation.flatMap({ request($0.id) }) else { return }
        for failed in letter.failedEdges {
            if let part = part(named: failed.edge) { request.parts[part].isLetterMade = true }
        }
    }

    func stored(_ letter: DeadLetter) {
        guard let request = request(of: letter) else { return }
        request.isLetterStored = true
        for failed in letter.failedEdges {
            if let part = part(named: failed.edge) { request.parts[part].isLetterStored = true }
        }
    }

    /// Rubbish has no id: its letter is known by the record's place.
    func request(of letter: DeadLetter) -> RequestFacts? {
        if let invalidation = letter.invalidation { return request(invalidation.id) }
        // A log that went back uses its offsets again.
        let candidates = requests.filter { request in request.records.contains { $0.position == letter.position } }
        return candidates.first { $0.publication.original == letter.original } ?? candidates.first
    }

    func stored(_ report: RequestReport) {
        guard let request = request(report.id) else { return }
        request.isReported = true
        for edge in report.edges {
            guard let part = part(named: edge.name) else { continue }
            request.parts[part].state = max(request.parts[part].state ?? .queued, edge.state)
        }
    }
}
