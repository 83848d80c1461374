public import Invalidations

/// Progress folded by request, to be written in one transaction.
public struct ProjectionBatch: Sendable {
    public private(set) var records: [RequestIdentity: StatusRecord] = [:]
    /// For each partition, the offset behind the last record read.
    public private(set) var nextOffsets: [Int32: Int64] = [:]
    public private(set) var caughtUp: [Int32: Timestamp] = [:]
    /// The time up to which workers have finished, or told of, all that was published; nil if that is not known anew.
    public private(set) var readUp: Timestamp?
    /// How many records were read.
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { nextOffsets.isEmpty && caughtUp.isEmpty && readUp == nil }

    /// - Parameter progress: nil for a record that cannot be decoded, and is passed over.
    public mutating func add(_ progress: Progress?, partition: Int32, offset: Int64) {
        count += 1
        nextOffsets[partition] = max(nextOffsets[partition] ?? 0, offset + 1)
        guard let progress else { return }
        records[progress.identity] = StatusFold.apply(progress, to: records[progress.identity])
    }

    /// Moves a partition's position over records that are not there.
    public mutating func skip(_ partition: Int32, to offset: Int64) {
        nextOffsets[partition] = max(nextOffsets[partition] ?? 0, offset)
    }

    /// Notes that with this batch everything is folded that the partition held at that time.
    public mutating func markCaughtUp(_ partition: Int32, at time: Timestamp) {
        caughtUp[partition] = max(caughtUp[partition] ?? time, time)
    }

    /// Notes that with this batch everything is folded that workers told about what was published up to that time.
    public mutating func markReadUp(at time: Timestamp) {
        readUp = time
    }

    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        nextOffsets.removeAll(keepingCapacity: true)
        caughtUp.removeAll(keepingCapacity: true)
        readUp = nil
        count = 0
    }
}
