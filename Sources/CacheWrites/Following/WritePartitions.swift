internal import Kafka
internal import Synchronization

/// All partitions of the log, each behind a lock of its own: what other threads ask while the follower works.
final class WritePartitions: Sendable {
    enum Slot {
        case foreign
        /// The group gives it to this process, which does not flush it yet.
        case claimed
        case owned(OwnedPartition)
    }

    private final class Box: Sendable {
        let slot = Mutex(Slot.foreign)
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
            guard case .owned(var owned) = slot, epoch.map({ $0 == owned.lease.epoch }) ?? true else { return nil }
            // Not held twice while it changes: its tables would be copied.
            slot = .claimed
            defer { slot = .owned(owned) }
            return body(&owned)
        }
        return answer ?? nil
    }

    /// - Returns: those who waited for the partition that it was.
    func setSlot(_ partition: Int32, _ new: Slot) -> [(AppendWaiter, AppendedWrite)] {
        let waiters = withSlot(partition) { slot in
            defer { slot = new }
            guard case .owned(var old) = slot else { return [(AppendWaiter, AppendedWrite)]() }
            return old.takeWaiters()
        }
        return waiters ?? []
    }
}
