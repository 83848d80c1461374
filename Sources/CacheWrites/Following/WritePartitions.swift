internal import Caches
internal import Kafka
internal import Synchronization

/// All partitions of the log, each behind a lock of its own: what other threads ask while the follower works.
final class WritePartitions: Sendable {
    struct Slot {
        /// Whether the group gives the partition to this process.
        var isAssigned = false
        /// Nil until this process has claimed it. Changed where it stands: a copy of its tables would cost much.
        var owned: OwnedPartition?
    }

    private final class Box: Sendable {
        let slot = Mutex(Slot())
    }

    let book = AddressBook()
    private let boxes: [Box]

    init(count: Int32) {
        boxes = (0..<max(1, count)).map { _ in Box() }
    }

    var count: Int32 { Int32(clamping: boxes.count) }

    func partition(ofKey key: [UInt8]) -> Int32 { Partitioner.partition(ofKey: key, count: count) }

    func withSlot<R>(_ partition: Int32, _ body: (inout Slot) -> R) -> R? {
        guard boxes.indices.contains(Int(partition)) else { return nil }
        return boxes[Int(partition)].slot.withLock { body(&$0) }
    }

    /// Runs `body` if the partition is owned, under this epoch where one is given.
    @discardableResult
    func withOwned<R>(_ partition: Int32, epoch: Int64? = nil, _ body: (inout OwnedPartition) -> R) -> R? {
        let answer: R?? = withSlot(partition) { slot in
            guard let current = slot.owned?.lease.epoch, epoch.map({ $0 == current }) ?? true else { return nil }
            return slot.change(body)
        }
        return answer ?? nil
    }

    /// Makes writes urgent that were invalidated, on the follower's thread.
    func flushFirst(_ invalidated: InvalidatedWrites, _ now: CacheTime) {
        guard let batch = invalidated.takeAll(now) else { return }
        for (namespace, named) in batch.namespaces {
            for key in named.keys {
                guard let address = book.find(namespace, key) else { continue }
                withOwned(partition(ofKey: WriteRecord.recordKey(namespace, key))) { $0.flushFirst(address) }
            }
        }
        guard batch.isWide else { return }
        let begin = CacheTime.now()
        var byNumber: [NamespaceNumber: InvalidatedKeys] = [:]
        for (namespace, keys) in batch.namespaces where keys.isWide {
            if let number = book.find(namespace) { byNumber[number] = keys }
        }
        for partition in 0..<count {
            withOwned(partition) { owned in
                owned.flushFirst { batch.everything || byNumber[$0.address.namespace]?.covers($0) == true }
            }
        }
        let end = CacheTime.now()
        invalidated.didSearch(for: end.since(begin), until: end)
    }

    /// - Returns: those who waited for the partition that it was.
    func setSlot(_ partition: Int32, _ new: Slot) -> [(AppendWaiter, AppendedWrite)] {
        let waiters = withSlot(partition) { slot in
            let waiters = slot.owned?.takeWaiters() ?? []
            slot = new
            return waiters
        }
        return waiters ?? []
    }
}

extension WritePartitions.Slot {
    mutating func change<R>(_ body: (inout OwnedPartition) -> R) -> R? {
        guard owned != nil else { return nil }
        return body(&owned!)
    }
}
