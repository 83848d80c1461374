import Invalidations
import Testing
import Workers

/// Tests of the capacity of retry partitions.
struct RetryCapacityTests {
    private static let source = SourcePartition(tier: 0, partition: 3)

    /// The numbers of those that were admitted, of records of 300 bytes.
    private func admitted(
        _ numbers: ClosedRange<DeliveryNumber>, to source: SourcePartition = source, _ capacity: inout RetryCapacity
    ) -> [DeliveryNumber] {
        numbers.filter { capacity.admit($0, bytes: 300, to: source) }
    }

    @Test func whatIsFinishedFreesCapacity() {
        var capacity = RetryCapacity(bytesMax: 1_500)
        let first = admitted(1...9, &capacity)
        #expect(first == [1, 2, 3])
        for number in first { capacity.ended(number, at: Int64(number)) }
        capacity.committed(Self.source, 2)
        #expect(admitted(10...19, &capacity) == [10])
    }

    @Test func whatIsNotStoredFreesCapacity() {
        var capacity = RetryCapacity(bytesMax: 500)
        #expect(admitted(1...2, &capacity) == [1])
        capacity.ended(1, at: nil)
        #expect(admitted(3...4, &capacity) == [3])
    }

    @Test func partitionsAreKeptApart() {
        var capacity = RetryCapacity(bytesMax: 500)
        #expect(admitted(1...2, &capacity) == [1])
        #expect(admitted(3...4, to: SourcePartition(tier: 1, partition: 3), &capacity) == [3])
        #expect(admitted(5...6, to: SourcePartition(tier: 0, partition: 4), &capacity) == [5])
        // An invalidation topic's commit says nothing about it, nor does a dead letter's delivery.
        capacity.committed(SourcePartition(topic: 0, partition: 3), 100)
        capacity.ended(77, at: 5)
        #expect(admitted(7...8, &capacity) == [])
    }
}
