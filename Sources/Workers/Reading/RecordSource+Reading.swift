package import Invalidations
import Kafka

// Which records are taken next, and how many.
//
// A partition is drained only as far as the core has capacity for it; more waits in its queue, which then fills up
// and is fetched no further. That is all the backpressure there is: nothing is paused, nothing is dropped.
extension RecordSource {
    /// Records of one partition between two questions for capacity.
    private static let chunk = 64

    /// Records wait that the core has capacity for, as far as is known. They wake nobody.
    package var isWaiting: Bool { order.hasNext || !rewound.isEmpty || (!distrusted.isEmpty && !isLeaving) }

    /// Records may have come since the last call of `read`, of one topic or of any.
    package func woken(topic: Int? = nil) {
        order.wake(topic: topic)
    }

    /// Whether a partition that was held back may be read on. Looks at a few of them, a different few each time.
    package func hasCapacityAgain(_ capacity: (SourcePartition) -> Int) -> Bool {
        order.probe(capacity)
    }

    /// Hands out decoded records, at most as many as belong in one turn.
    ///
    /// - Parameter capacity: how many more of a partition are taken now; asked again as records are handed out.
    package func read(_ portion: ReadingPortion, capacity: (SourcePartition) -> Int, _ body: (IncomingRecord) -> Void)
        throws
    {
        guard distrusted.isEmpty else { return }
        if !rewound.isEmpty { try readAnew() }
        order.release(capacity)
        var left = portion
        func isOpen(_ topic: Int) -> Bool {
            left.retries > 0 || SourcePartition(topic: topic, partition: 0).isInvalidation
        }
        while left.records > 0, rewound.isEmpty, distrusted.isEmpty, let index = order.next(isOpenTo: isOpen) {
            let source = partitions[index].source
            let size = min(Self.chunk, source.isInvalidation ? left.records : left.retries, capacity(source))
            guard size > 0 else {
                order.hold(index)
                continue
            }
            let count = try read(index, max: size, body)
            left.records -= count
            if !source.isInvalidation { left.retries -= count }
        }
    }

    /// - Returns: how many were read.
    private func read(_ index: Int, max: Int, _ body: (IncomingRecord) -> Void) throws -> Int {
        let source = partitions[index].source
        var failure: KafkaError?
        var isEmpty = false
        var newest: Int64?
        var isStamped = true
        do throws(KafkaError) {
            isEmpty = try consumer.records(of: source, max: max) { record, storedAt in
                if let storedAt { newest = Swift.max(newest ?? 0, storedAt) } else { isStamped = false }
                batch.append(record)
            }.isEmpty
        } catch {
            failure = error
        }
        let count = batch.count
        if isEmpty { order.drained(index, records: count) } else { order.read(index, records: count) }
        if let last = batch.last { advance(index, to: last.position.offset + 1, isStamped ? newest : nil) }
        handOut(of: source, body)
        if let failure { try recover(index, from: failure) }
        return count
    }

    /// - Parameter newest: when a broker stored the newest of the records; nil where brokers do not say.
    private func advance(_ index: Int, to next: Int64, _ newest: Int64?) {
        partitions[index].next = next
        guard let newest, partitions[index].keepsTimes else {
            // Publishers' times come in any order, so that nothing follows from them while the partition is ours.
            (partitions[index].keepsTimes, partitions[index].mark) = (false, nil)
            return
        }
        if partitions[index].mark == nil {
            partitions[index].mark = LogMark(newest: newest, anchor: LogMark.Anchor(offset: next, time: newest))
        } else if let before = partitions[index].mark?.newest, newest > before {
            partitions[index].mark?.newest = newest
        }
    }

    private func handOut(of source: SourcePartition, _ body: (IncomingRecord) -> Void) {
        defer { batch.removeAll(keepingCapacity: true) }
        for record in batch {
            body(record)
            // Those behind it will be read once more.
            if rewound.contains(source) { return }
        }
    }
}
