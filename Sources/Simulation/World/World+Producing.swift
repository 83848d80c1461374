internal import Invalidations

// Between workers and the broker.
extension World {
    func post(_ parcel: Parcel) {
        let plan = scenario.broker
        let worker = parcel.worker
        let channel = channel(parcel)
        var pause = brokerRandom.time(.millisecond...8 * .millisecond)
        if isChaos {
            if brokerRandom.chance(plan.delays) { pause = brokerRandom.time(500 * .millisecond...8 * .second) }
            parcel.isStored = !brokerRandom.chance(plan.fails)
            parcel.isAcknowledged = parcel.isStored && !brokerRandom.chance(plan.losesAnswers)
        }
        // What one producer sends to one partition is stored in the order in which it was sent.
        parcel.storedAt = max(worker.storesInOrder[channel], now + pause)
        worker.storesInOrder[channel] = parcel.storedAt
        queue.add(.reachesBroker(parcel), at: parcel.storedAt)
    }

    func reachesBroker(_ parcel: Parcel) {
        guard parcel.storedAt <= parcel.worker.lastWordAt else { return }
        if parcel.isStored { store(parcel) }
        let isSlow = !parcel.isAcknowledged
        let pause =
            isSlow ? brokerRandom.time(.second...4 * .second) : brokerRandom.time(.millisecond...4 * .millisecond)
        after(pause, .delivered(parcel))
    }

    func delivered(_ parcel: Parcel) {
        if case .deferral = parcel.content, parcel.isAcknowledged { parcel.worker.puttingOff.remove(parcel.number) }
        handle(.delivered(parcel.number, isStored: parcel.isAcknowledged), at: parcel.worker)
    }

    private func store(_ parcel: Parcel) {
        switch parcel.content {
        case .deferral(let deferral): store(deferral)
        case .letter(let letter):
            log.append(letter)
            counts.deadLetters += 1
            facts.stored(letter)
            see(.letterStored(letter))
        case .report(let report):
            let progress = Projector.progress(report, source: parcel.worker.name)
            log.append(progress)
            counts.reports += 1
            projector.fold(progress)
            tellReport(report, parcel.worker)
            facts.stored(report)
            see(.reportStored(report))
        }
    }

    private func store(_ deferral: Deferral) {
        let source = SourcePartition(tier: deferral.tier, partition: deferral.partition)
        guard scenario.settings.retryTiers.indices.contains(deferral.tier),
            (0..<Int32(scenario.partitions)).contains(deferral.partition)
        else { return violate("deferrals", "there is no partition \(deferral.partition) of tier \(deferral.tier)") }
        let request = facts.request(deferral.invalidation.id)?.number
        counts.deferrals += 1
        recordStored(
            log.append(
                source, original: deferral.original, content: .success(deferral.invalidation), note: deferral.note,
                request: request, now: now))
    }

    private func channel(_ parcel: Parcel) -> Int {
        switch parcel.content {
        case .deferral(let deferral):
            let index = log.index(SourcePartition(tier: deferral.tier, partition: deferral.partition))
            return log.partitions.indices.contains(index) ? index : 0
        case .letter: return log.partitions.count
        case .report: return log.partitions.count + 1
        }
    }
}
