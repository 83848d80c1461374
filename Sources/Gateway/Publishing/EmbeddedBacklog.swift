internal import Synchronization

/// Keeps the embedded cluster from forgetting what nobody has read yet: it holds 5 MiB per partition and drops the
/// oldest, so publications are refused while too much is unread.
///
/// The gateway reports what it published, the roles in the same process what they have committed, in any order.
public final class EmbeddedBacklog: PublishGuard {
    /// Below what one partition holds, so that all of it may stand in one.
    public static let defaultBytesMax = 4 << 20

    private struct PartitionName: Hashable {
        var topic: String
        var partition: Int32
    }

    /// Who reads what publishers write.
    public enum Reader: Sendable {
        case worker
        case projector
    }

    private struct Partition {
        /// The next offset that a reader has not finished.
        var worker: Int64 = 0
        var projector: Int64 = 0
        /// The next offset that some reader has not finished.
        var committed: Int64 { min(worker, projector) }
        /// Acknowledgements of one partition come in its order.
        var unread: [(offset: Int64, bytes: Int)] = []

        /// The bytes that have been read with this commit.
        mutating func commit(_ offset: Int64, by reader: Reader) -> Int {
            switch reader {
            case .worker: worker = max(worker, offset)
            case .projector: projector = max(projector, offset)
            }
            let committed = committed
            let read = unread.prefix { $0.offset < committed }
            let bytes = read.reduce(0) { $0 + $1.bytes }
            unread.removeFirst(read.count)
            return bytes
        }
    }

    private struct State {
        var bytes = 0
        var partitions: [PartitionName: Partition] = [:]
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    public init(bytesMax: Int = EmbeddedBacklog.defaultBytesMax) {
        precondition(bytesMax > 0, "a backlog needs capacity")
        self.bytesMax = bytesMax
    }

    /// Admitted and not yet read to the end, in bytes.
    public var bytes: Int { state.withLock { $0.bytes } }

    public func admit(bytes: Int) -> Bool {
        state.withLock { state in
            guard state.bytes + bytes <= bytesMax else { return false }
            state.bytes += bytes
            return true
        }
    }

    public func abandon(bytes: Int) {
        state.withLock { $0.bytes -= bytes }
    }

    public func stored(bytes: Int, topic: String, partition: Int32, offset: Int64) {
        state.withLock { state in
            let partitionName = PartitionName(topic: topic, partition: partition)
            // The readers may have been faster than the acknowledgement.
            if let known = state.partitions[partitionName], known.committed > offset {
                state.bytes -= bytes
            } else {
                state.partitions[partitionName, default: Partition()].unread.append((offset, bytes))
            }
        }
    }

    /// That reader of the partition has finished with everything below `offset`.
    public func committed(topic: String, partition: Int32, offset: Int64, by reader: Reader) {
        state.withLock { state in
            let partitionName = PartitionName(topic: topic, partition: partition)
            state.bytes -= state.partitions[partitionName, default: Partition()].commit(offset, by: reader)
        }
    }
}
