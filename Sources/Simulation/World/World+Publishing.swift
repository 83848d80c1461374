internal import Invalidations

// Publishers and their way to the broker.
extension World {
    func publish(_ number: Int) {
        let plan = scenario.broker
        guard isChaos else { return after(.millisecond, .publishArrives(number, isAcknowledged: true)) }
        if brokerRandom.chance(plan.fails) { return after(brokerRandom.time(.second...3 * .second), .publish(number)) }
        let pause =
            brokerRandom.chance(plan.delays)
            ? brokerRandom.time(.second...8 * .second) : brokerRandom.time(.millisecond...5 * .millisecond)
        after(pause, .publishArrives(number, isAcknowledged: !brokerRandom.chance(plan.losesAnswers)))
    }

    func publishArrives(_ number: Int, isAcknowledged: Bool) {
        let publication = oracle.requests[number].publication
        let source = SourcePartition(
            topic: Priority.allCases.firstIndex(of: publication.priority) ?? 0,
            partition: Int32(scenario.namespaces[publication.namespace].partition))
        if isChaos, brokerRandom.chance(scenario.broker.gaps) { log.skip(source, Int64(brokerRandom.int(1...3))) }
        let record = log.append(
            source, original: publication.original, headers: publication.original.headers, content: publication.content,
            retry: nil, request: number, now: now)
        counts.published += 1
        tellPublished(record, isAcknowledged: isAcknowledged)
        recordStored(record)
        if !isAcknowledged { after(brokerRandom.time(.second...3 * .second), .publish(number)) }
    }

    /// A record of an invalidation or retry topic is there: its owner will read it.
    func recordStored(_ record: LogRecord) {
        oracle.stored(record, now: now)
        see(.stored(record))
        for worker in workers where worker.isRunning && worker.owns(record.source.partition) {
            planTurn(worker, after: brokerRandom.time(.millisecond...4 * .millisecond))
        }
    }
}
