package import Invalidations

/// Capacity of retry partitions in a cluster that drops a partition's oldest records.
///
/// No retry record is dropped before it is finished: what finds no capacity is not written, and its record stays where
/// it is.
///
/// A worker owns the same partition numbers of every topic, so it alone writes and reads those of its retry topics.
package struct RetryCapacity {
    /// What a record takes beside its key, value and headers.
    private static let overhead = 128

    private struct Partition {
        var bytes = 0
        /// Stored and not finished, by offset.
        var stored: [(offset: Int64, bytes: Int)] = []
    }

    private let bytesMax: Int
    private var partitions: [SourcePartition: Partition] = [:]
    private var underWay: [DeliveryNumber: (source: SourcePartition, bytes: Int)] = [:]

    /// - Parameter bytesMax: unfinished bytes of each partition.
    package init(bytesMax: Int) {
        precondition(bytesMax > 0, "a partition needs capacity")
        self.bytesMax = bytesMax
    }

    /// - Returns: false when the partition has no capacity for it now.
    package mutating func admit(_ number: DeliveryNumber, bytes: Int, to source: SourcePartition) -> Bool {
        let size = bytes + Self.overhead
        guard partitions[source, default: Partition()].bytes + size <= bytesMax else { return false }
        partitions[source, default: Partition()].bytes += size
        underWay[number] = (source, size)
        return true
    }

    /// - Parameter offset: where it stands; nil when it was not stored.
    package mutating func ended(_ number: DeliveryNumber, at offset: Int64?) {
        guard let (source, bytes) = underWay.removeValue(forKey: number) else { return }
        if let offset {
            partitions[source]?.stored.append((offset, bytes))
        } else {
            partitions[source]?.bytes -= bytes
        }
    }

    /// Everything below `offset` is finished.
    package mutating func committed(_ source: SourcePartition, _ offset: Int64) {
        guard let stored = partitions[source]?.stored, let first = stored.first, first.offset < offset else { return }
        let finished = stored.prefix { $0.offset < offset }
        partitions[source]?.bytes -= finished.reduce(0) { $0 + $1.bytes }
        partitions[source]?.stored.removeFirst(finished.count)
    }
}
