/// Strict sequencer: the order of strict namespaces across retries.
///
/// A deferred request stands in its line until it has ended, and no later one of the line is sent before. The retries
/// in hand are kept beside, so that the next of a line is found without a look at all records.
package struct StrictSequencer {
    package typealias Line = StrictOrder.Line

    private var order = StrictOrder()
    private var retries = StrictRetries()

    package init() {}

    /// Deferred requests that have not ended, each counted once an edge.
    package var count: Int { order.count }

    /// For the inventory.
    package var lines: [String] { order.lines }

    /// The earliest deferred request of the line, by its offset on the invalidation topic; nil where there is none.
    package func head(_ line: Line) -> Int64? { order.head(line) }

    /// A request of the line was deferred, by this worker or by an earlier owner.
    package mutating func addDeferred(_ offset: Int64, _ line: Line) { order.insert(offset, line) }

    /// A retry of the line is in hand.
    package mutating func addRetry(_ index: Int, _ offset: Int64, _ line: Line) {
        order.insert(offset, line)
        retries.insert(index, offset: offset, partition: line.partition)
    }

    /// The retry's record is not open any more; its request stays in its lines until it has ended there.
    package mutating func removeRetry(_ index: Int, _ offset: Int64, partition: Int32) {
        retries.remove(index, offset: offset, partition: partition)
    }

    /// A request of the line has ended there.
    ///
    /// - Returns: the offset of the request whose turn it is now; nil where the head is as it was, or there is none.
    package mutating func end(_ offset: Int64, _ line: Line) -> Int64? { order.remove(offset, line) }

    /// Retries in hand of the request with that offset.
    package func retries(of offset: Int64, _ line: Line) -> [Int] {
        retries.indices(of: offset, partition: line.partition)
    }

    /// The partitions were revoked.
    package mutating func forget(partitions: Set<Int32>) { order.forget(partitions: partitions) }
}
