// Settling: the end of a part, and the loop that works off its consequences.
extension WorkerCore {
    /// Ends one edge's part, as far as this retry round goes, and notes what follows from that.
    ///
    /// The consequences have not happened when this returns: the caller that handles an event calls
    /// `workOffConsequences` before it looks at the request again.
    mutating func settle(_ index: Int, _ target: Int, as settlement: Settlement) {
        let stage = records[index].request[target].stage
        records[index].request.settle(target, as: settlement)
        records[index].hasNews = true
        leaveLane(index, target, from: stage)
        if case .dead(let failure) = settlement {
            markDead(
                index, failure.isPermanent ? .permanent : .exhausted,
                "\(records[index].request[target].name): \(failure.message)")
        }
        recordAtEdge(index, target, settlement)
        if settlement.state.isSuccess { planRepeatPurge(index, target) }
        countDeadLetters(index, target)
        addConsequences(index, target, settlement)
    }

    /// What its edge, and the copies of its retry record, must know of the part's end.
    private mutating func recordAtEdge(_ index: Int, _ target: Int, _ settlement: Settlement) {
        guard let edge = records[index].request[target].edge else { return }
        if let reason = settlement.deferReason {
            if reason.endsWithRecovery { runtimes[edge].requestBacklogSearch() }
        } else if records[index].retryBox != nil {
            recentRetries.end(
                .init(records[index].origin, attempt(index), edge: edge, records[index].request[target].step))
        }
    }

    // MARK: - Consequences

    /// In the order in which they are worked off.
    private mutating func addConsequences(_ index: Int, _ target: Int, _ settlement: Settlement) {
        let key = records.key(index)
        let offset = records[index].origin.offset
        let line = strictLine(index, target)
        if let line {
            if settlement.deferReason == nil {
                endInLine(offset, line)
            } else {
                strictSequencer.addDeferred(offset, line)
            }
        }
        // What waits for its own time holds up nobody, and all its parts wait alike.
        let isForOwnTime = settlement.deferReason == .scheduled
        if let edge = records[index].request[target].edge {
            if runtimes[edge].profile.fanOutMax != nil { consequences.append(.releaseHeld(key)) }
            if hasLayers {
                if settlement.deferReason != nil, !isForOwnTime, records[index].request[target].step == .first {
                    consequences.append(.deferOuterLayers(key, than: runtimes[edge].profile.layer))
                }
                consequences.append(.openNextLayer(key))
            }
        }
        consequences.append(.endRecord(key))
        if let line, settlement.deferReason != nil { consequences.append(.deferLaterRequests(than: offset, line)) }
    }

    /// Works off all that follows from the parts that have settled. No consequence calls this, or another one: it adds
    /// to the queue.
    mutating func workOffConsequences() {
        while let consequence = consequences.next() {
            switch consequence {
            case .startNextStrict(let offset, let line): startNextStrict(offset, line)
            case .start(let part):
                guard isInStage(part, .waiting) else { continue }
                startWaiting(part.record.index, Int(part.target), isAhead: true)
            case .releaseHeld(let key):
                guard records.holds(key), records[key.index].request.targetsLeft > 0 else { continue }
                releaseHeld(key.index)
            case .deferOuterLayers(let key, let layer):
                guard records.holds(key), records[key.index].request.targetsLeft > 0 else { continue }
                deferOuterLayers(key.index, than: layer)
            case .openNextLayer(let key):
                guard records.holds(key), records[key.index].request.targetsLeft > 0 else { continue }
                openNextLayer(key.index)
            case .endRecord(let key):
                guard records.holds(key) else { continue }
                endOrDelayAgain(key.index)
            case .deferLaterRequests(let offset, let line): deferLaterRequests(than: offset, line)
            case .deferPart(let part):
                guard isUnsettled(part) else { continue }
                settle(part.record.index, Int(part.target), as: .deferred(.order))
            }
        }
    }

    private func isInStage(_ part: PartKey, _ stage: Target.Stage) -> Bool {
        records.holds(part.record) && records[part.record.index].request[Int(part.target)].stage == stage
    }

    /// The last part has settled, or none is in work and those that are left wait for their time.
    private mutating func endOrDelayAgain(_ index: Int) {
        switch records[index].phase {
        case .purging, .delayed:
            if records[index].request.targetsLeft == 0 {
                endPurging(index)
            } else if records[index].request.active == 0, records[index].retryBox != nil {
                delayAgain(index)
            }
        // Another part was the last.
        case .storing, .reporting: break
        }
    }

    /// Settles all parts that have not settled, each with its consequences before the next one.
    mutating func settleRest(_ index: Int, as settlement: Settlement) {
        for target in records[index].request.targets.indices where records[index].request[target].stage != .settled {
            settle(index, target, as: settlement)
            workOffConsequences()
        }
    }

    /// A namespace whose requests all become dead letters at an edge is not sent there for a while.
    private mutating func countDeadLetters(_ index: Int, _ target: Int) {
        // A replay says nothing about live traffic: its run stops by itself when most of it fails.
        guard records[index].replay == nil, let namespace = records[index].namespace,
            let edge = records[index].request[target].edge
        else { return }
        switch records[index].request[target].state {
        case .dead:
            let policy = settings.deadLetterGuard
            guard namespaces.recordDeadLetter(namespace, edge: edge, policy, now: now.monotonic) else { return }
            actions.append(
                .alert(.deadLetterFlood(namespaces[namespace].namespace, edge: edge, pause: policy.pause)))
        case let state where state.isSuccess: namespaces.recordSuccess(namespace, edge: edge)
        default: break
        }
    }

    /// After an acknowledged purge, where the edge is to be purged once more.
    private mutating func planRepeatPurge(_ index: Int, _ target: Int) {
        guard canDefer, let edge = records[index].request[target].edge, runtimes[edge].profile.repeatsAfter != nil,
            records[index].request[target].step == .first, records[index].invalidation?.cancels == nil,
            // Another copy of the request may have come so far before.
            !recentRetries.isKnown(.init(records[index].origin, attempt(index), edge: edge, .second))
        else { return }
        records[index].request.planRepeatPurge(edge: edge, name: runtimes[edge].repeatName)
    }

    /// The record needs a dead letter. Of several reasons the first is told; every failed edge has its own.
    mutating func markDead(_ index: Int, _ deadClass: DeadLetter.Class, _ reason: String) {
        guard records[index].deadClass == nil else { return }
        records[index].deadClass = deadClass
        records[index].reason = reason
    }
}
