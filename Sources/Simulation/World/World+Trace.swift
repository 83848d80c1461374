internal import Invalidations

// The trace of a run, in plain sentences.
extension World {
    func name(_ source: SourcePartition) -> String {
        if source.isReplay { return "replay/\(source.partition)" }
        if let tier = source.tier { return "retry-\(tier + 1)/\(source.partition)" }
        return "\(source.priority?.rawValue ?? "?")/\(source.partition)"
    }

    func tellScenario() {
        tell(
            "scenario",
            "profile \(scenario.scenarioProfile.rawValue): \(scenario.partitions) partitions, "
                + "\(scenario.workers) workers, \(scenario.publications) publications "
                + "until \(Calendar.text(scenario.chaosEnd))")
        for plan in scenario.namespaces {
            tell("scenario", "namespace \(plan.namespace) (\(plan.priority.rawValue), partition \(plan.partition))")
        }
        for plan in scenario.edges {
            let profile = plan.profile
            tell(
                "scenario",
                "\(profile.name) takes \(profile.accepts.names), layer \(profile.layer), "
                    + "\(profile.batchItemsMax) items a batch, \(profile.concurrencyMax) at a time"
                    + (plan.isAlwaysWell ? ", always well" : ", in trouble \(plan.faultWindows.count) times"))
        }
    }

    func tellPublished(_ record: LogRecord, isAcknowledged: Bool) {
        tell(
            "publish",
            "r\(record.request ?? -1) is stored at \(name(record.source)) \(record.offset): "
                + text(record.content) + (isAcknowledged ? "" : "; its publisher does not hear of it"))
    }

    func tellAssigned(_ worker: SimulatedWorker, _ partitions: [Int]) {
        tell("assign", "\(worker.name) owns partitions \(partitions.map(String.init).joined(separator: ", "))")
    }

    func tellPurge(_ sentBatch: SentBatch) {
        tell("purge", "\(sentBatch.worker.name) asks \(edgeName(sentBatch.edge)) to purge \(text(sentBatch.batch))")
    }

    func tellAnswer(_ sentBatch: SentBatch) {
        let failures = sentBatch.batch.items.indices.compactMap { slot -> String? in
            guard case .failed(let failure) = sentBatch.outcome[slot] else { return nil }
            return failure.description
        }
        let what =
            failures.isEmpty
            ? "has purged"
            : failures.count == sentBatch.batch.items.count
                ? "fails (\(failures[0])) with" : "fails (\(failures[0])) with \(failures.count) of"
        tell("answer", "\(edgeName(sentBatch.edge)) \(what) \(text(sentBatch.batch)) of \(sentBatch.worker.name)")
    }

    func tellRetry(_ retryRecord: RetryRecord, _ worker: SimulatedWorker) {
        let parts = retryRecord.retry.parts.map { "\($0.step.name(of: $0.edge)) (\($0.attempts) attempts)" }
        tell(
            "defer",
            "\(worker.name) defers \(requestName(retryRecord.invalidation.id)) to retry-\(retryRecord.tier + 1)/"
                + "\(retryRecord.partition) for \(parts.joined(separator: ", ")): \(retryRecord.retry.reason.rawValue)")
    }

    func tellDeadLetter(_ deadLetter: DeadLetter, _ worker: SimulatedWorker) {
        let who = deadLetter.invalidation.map { requestName($0.id) } ?? "rubbish"
        tell("dead", "\(worker.name) gives up \(who) (\(deadLetter.deadClass.rawValue)): \(deadLetter.reason)")
    }

    func tellReport(_ report: RequestReport, _ worker: SimulatedWorker) {
        let edges = report.edges.map { "\($0.name) \($0.state.rawValue)" }
        tell("report", "\(worker.name) reports \(requestName(report.id)): \(edges.joined(separator: ", "))")
    }

    func tellCommit(_ source: SourcePartition, _ point: CommitPoint, _ worker: SimulatedWorker, isTaken: Bool) {
        let done = DoneOffsets(point).runs.map { "\($0.lowerBound)-\($0.upperBound)" }
        tell(
            "commit",
            "\(worker.name) commits \(name(source)) \(point.offset)"
                + (done.isEmpty ? "" : " and \(done.joined(separator: ", "))") + (isTaken ? "" : ", in vain"))
    }

    func tellAlert(_ alert: WorkerAlert, _ worker: SimulatedWorker) {
        let text =
            switch alert {
            case .edgeDown(let edge, let failure): "\(edgeName(edge)) is down: \(failure)"
            case .edgeRefuses(let edge, let failure): "\(edgeName(edge)) refuses everything: \(failure)"
            case .edgeUp(let edge): "\(edgeName(edge)) is back"
            case .edgeRefusesKinds(let edge, let kinds, let failure):
                "\(edgeName(edge)) refuses all \(kinds.names): \(failure)"
            case .deadLetterFlood(let namespace, let edge, _):
                "too many dead letters of \(namespace) at \(edgeName(edge))"
            }
        tell("alert", "\(worker.name): \(text)")
    }

    func requestName(_ id: RequestID) -> String { oracle.request(id)?.name ?? id.text }

    private func edgeName(_ edge: Int) -> String { scenario.edges[edge].profile.name }

    private func text(_ content: Result<Invalidation, InvalidationError>) -> String {
        guard case .success(let invalidation) = content else { return "rubbish" }
        if let called = invalidation.cancels { return "calls off \(requestName(called))" }
        return "\(invalidation.mode.rawValue) \(text(invalidation.selectors)) of \(invalidation.namespace)"
    }

    private func text(_ batch: PurgeBatch) -> String {
        "\(batch.mode.rawValue) \(batch.items.map { text($0) }.joined(separator: " | ")) of \(batch.namespace)"
    }

    private func text(_ selectors: Selectors) -> String {
        selectors.singles.map { $0.text.isEmpty ? "everything" : $0.text }.joined(separator: " ")
    }
}
