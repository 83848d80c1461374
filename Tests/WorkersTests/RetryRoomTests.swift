import Invalidations
import Testing
import Workers

struct RetryRoomTests {
    private static let source = SourcePartition(tier: 0, partition: 3)

    /// The numbers of those that were admitted, of records of 300 bytes.
    private func admitted(
        _ numbers: ClosedRange<DeliveryNumber>, to source: SourcePartition = source, _ room: inout RetryRoom
    ) -> [DeliveryNumber] {
        numbers.filter { room.admit($0, bytes: 300, to: source) }
    }

    @Test func whatIsFinishedMakesRoom() {
        var room = RetryRoom(bytesMax: 1_500)
        let first = admitted(1...9, &room)
        #expect(first == [1, 2, 3])
        for number in first { room.ended(number, at: Int64(number)) }
        room.committed(Self.source, 2)
        #expect(admitted(10...19, &room) == [10])
    }

    @Test func whatIsNotStoredMakesRoom() {
        var room = RetryRoom(bytesMax: 500)
        #expect(admitted(1...2, &room) == [1])
        room.ended(1, at: nil)
        #expect(admitted(3...4, &room) == [3])
    }

    @Test func partitionsAreKeptApart() {
        var room = RetryRoom(bytesMax: 500)
        #expect(admitted(1...2, &room) == [1])
        #expect(admitted(3...4, to: SourcePartition(tier: 1, partition: 3), &room) == [3])
        #expect(admitted(5...6, to: SourcePartition(tier: 0, partition: 4), &room) == [5])
        // An invalidation topic's commit says nothing about it, nor does a dead letter's delivery.
        room.committed(SourcePartition(topic: 0, partition: 3), 100)
        room.ended(77, at: 5)
        #expect(admitted(7...8, &room) == [])
    }
}
