internal import Invalidations

// Between workers and the broker.
extension World {
    func post(_ producedRecord: ProducedRecord) {
        let plan = scenario.broker
        let worker = producedRecord.worker
        let channel = channel(producedRecord)
        var pause = brokerRandom.time(.millisecond...8 * .millisecond)
        if isChaos {
            if brokerRandom.chance(plan.delays) { pause = brokerRandom.time(500 * .millisecond...8 * .second) }
            producedRecord.isStored = !brokerRandom.chance(plan.fails)
            producedRecord.isAcknowledged = producedRecord.isStored && !brokerRandom.chance(plan.losesAnswers)
        }
        // What one producer sends to one partition is stored in the order in which it was sent.
        producedRecord.storedAt = max(worker.storesInOrder[channel], now + pause)
        worker.storesInOrder[channel] = producedRecord.storedAt
        queue.add(.reachesBroker(producedRecord), at: producedRecord.storedAt)
    }

    func reachesBroker(_ producedRecord: ProducedRecord) {
        guard producedRecord.storedAt <= producedRecord.worker.lastWordAt else { return }
        if producedRecord.isStored { store(producedRecord) }
        let isSlow = !producedRecord.isAcknowledged
        let pause =
            isSlow ? brokerRandom.time(.second...4 * .second) : brokerRandom.time(.millisecond...4 * .millisecond)
        after(pause, .delivered(producedRecord))
    }

    func delivered(_ producedRecord: ProducedRecord) {
        if case .retryRecord = producedRecord.content, producedRecord.isAcknowledged {
            producedRecord.worker.puttingOff.remove(producedRecord.number)
        }
        handle(.delivered(producedRecord.number, isStored: producedRecord.isAcknowledged), at: producedRecord.worker)
    }

    private func store(_ producedRecord: ProducedRecord) {
        switch producedRecord.content {
        case .retryRecord(let retryRecord): store(retryRecord)
        case .deadLetter(let deadLetter):
            log.append(deadLetter)
            counts.deadLetters += 1
            oracle.stored(deadLetter)
            see(.deadLetterStored(deadLetter))
        case .report(let report):
            let progress = Projector.progress(report, source: producedRecord.worker.name)
            log.append(progress)
            counts.reports += 1
            projector.fold(progress)
            tellReport(report, producedRecord.worker)
            oracle.stored(report)
            see(.reportStored(report))
        }
    }

    private func store(_ retryRecord: RetryRecord) {
        let source = SourcePartition(tier: retryRecord.tier, partition: retryRecord.partition)
        guard scenario.settings.retryTiers.indices.contains(retryRecord.tier),
            (0..<Int32(scenario.partitions)).contains(retryRecord.partition)
        else {
            return violate("deferrals", "there is no partition \(retryRecord.partition) of tier \(retryRecord.tier)")
        }
        let request = oracle.request(retryRecord.invalidation.id)?.number
        counts.retryRecords += 1
        recordStored(
            log.append(
                source, original: retryRecord.original, content: .success(retryRecord.invalidation),
                retry: retryRecord.retry,
                request: request, now: now))
    }

    private func channel(_ producedRecord: ProducedRecord) -> Int {
        switch producedRecord.content {
        case .retryRecord(let retryRecord):
            let index = log.index(SourcePartition(tier: retryRecord.tier, partition: retryRecord.partition))
            return log.partitions.indices.contains(index) ? index : 0
        case .deadLetter: return log.partitions.count
        case .report: return log.partitions.count + 1
        }
    }
}
