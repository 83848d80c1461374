internal import Invalidations
internal import Kafka
internal import TopicCatalogue
internal import Workers

// Between workers and the broker.
extension World {
    func post(_ produced: ProducedRecord) {
        let plan = scenario.broker
        let worker = produced.worker
        let channel = channel(produced)
        var pause = brokerRandom.time(.millisecond...8 * .millisecond)
        if isChaos {
            if brokerRandom.chance(plan.delays) { pause = brokerRandom.time(500 * .millisecond...8 * .second) }
            produced.isStored = !brokerRandom.chance(plan.fails) && !isUnwritable(produced)
            produced.isAcknowledged = produced.isStored && !brokerRandom.chance(plan.losesAnswers)
        }
        // What one producer sends to one partition is stored in the order in which it was sent.
        produced.storedAt = max(worker.storesInOrder[channel], now + pause)
        worker.storesInOrder[channel] = produced.storedAt
        queue.add(.reachesBroker(produced), at: produced.storedAt)
    }

    private func isUnwritable(_ produced: ProducedRecord) -> Bool {
        scenario.broker.unwritable.contains { window in
            guard window.from <= now, now < window.until else { return false }
            return (window.topics == .progress) == (produced.topic == TopicName.progress)
        }
    }

    func reachesBroker(_ produced: ProducedRecord) {
        guard produced.storedAt <= produced.worker.lastWordAt else { return }
        if produced.isStored { store(produced) }
        let isSlow = !produced.isAcknowledged
        let pause =
            isSlow ? brokerRandom.time(.second...4 * .second) : brokerRandom.time(.millisecond...4 * .millisecond)
        after(pause, .delivered(produced))
    }

    func delivered(_ produced: ProducedRecord) {
        if produced.isAcknowledged { produced.worker.written[produced.number] = nil }
        produced.producer.answer(produced)
        drive(produced.worker) { $0.loop.deliveriesCame() }
    }

    private func store(_ produced: ProducedRecord) {
        switch produced.content {
        case .retryRecord(let retryRecord): store(retryRecord, produced)
        case .deadLetter(let deadLetter): store(deadLetter, produced)
        case .report(let report): store(report, produced)
        }
    }

    /// What stands in the log is what the bytes say, not what the worker meant.
    private func store(_ retryRecord: RetryRecord, _ produced: ProducedRecord) {
        guard let partition = produced.partition,
            let source = topics.source(of: .init(produced.topic, partition)),
            source.tier != nil, (0..<Int32(scenario.partitions)).contains(partition)
        else {
            return violate("retry records", "there is no \(produced.topic)/\(produced.partition ?? -1)")
        }
        let offset = log.partitions[log.index(source)].nextOffset
        let read = decode(
            produced.record, headers: produced.record.headers, at: offset, of: source,
            Calendar.wall(now).milliseconds, now: Calendar.wall(now))
        guard let retry = read.retry, retry.origin == retryRecord.retry.origin,
            retry.replay == retryRecord.retry.replay,
            retry.parts == retryRecord.retry.parts, retry.notBefore == retryRecord.retry.notBefore
        else {
            return violate("headers", "\(produced.worker.name) writes headers that say something else than it means")
        }
        guard read.original == retryRecord.original else {
            return violate("headers", "\(produced.worker.name) changes the record that it defers")
        }
        let request = oracle.request(retryRecord.attempt)?.number
        counts.retryRecords += 1
        produced.offset = offset
        recordStored(
            log.append(
                source, original: read.original, headers: produced.record.headers, content: read.content, retry: retry,
                request: request, now: now))
    }

    private func store(_ deadLetter: DeadLetter, _ produced: ProducedRecord) {
        guard produced.topic == TopicName.dead, produced.partition == deadLetter.position.source.partition,
            produced.record.key == deadLetter.original.key, produced.record.value == deadLetter.original.value
        else { return violate("dead letters", "\(produced.worker.name) writes another record than it gives up") }
        log.append(deadLetter)
        counts.deadLetters += 1
        oracle.stored(deadLetter)
        see(.deadLetterStored(deadLetter))
    }

    private func store(_ report: RequestReport, _ produced: ProducedRecord) {
        let progress: Progress
        do {
            progress = try progressDecoder.decode(produced.record.value ?? [])
        } catch {
            return violate("status", "\(produced.worker.name) reports what nobody can read: \(error)")
        }
        log.append(progress)
        counts.reports += 1
        projector.fold(progress)
        tellReport(report, produced.worker)
        oracle.stored(report)
        see(.reportStored(report))
    }

    private func channel(_ produced: ProducedRecord) -> Int {
        switch produced.content {
        case .retryRecord(let retryRecord):
            let index = log.index(SourcePartition(tier: retryRecord.tier, partition: retryRecord.partition))
            return log.partitions.indices.contains(index) ? index : 0
        case .deadLetter: return log.partitions.count
        case .report: return log.partitions.count + 1
        }
    }
}
