import Gateway
import TestSupport
import Testing

/// Tests of the backlog of the embedded broker.
struct EmbeddedBacklogTests {
    private func commit(_ backlog: EmbeddedBacklog, topic: String, partition: Int32, offset: Int64) {
        backlog.committed(topic: topic, partition: partition, offset: offset, by: .worker)
        backlog.committed(topic: topic, partition: partition, offset: offset, by: .projector)
    }

    @Test func whatIsReadFreesCapacity() {
        let backlog = EmbeddedBacklog(bytesMax: 300)
        for offset in 0..<3 {
            #expect(backlog.admit(bytes: 100))
            backlog.stored(bytes: 100, topic: "t", partition: 0, offset: Int64(offset))
        }
        #expect(!backlog.admit(bytes: 1))
        backlog.committed(topic: "t", partition: 0, offset: 3, by: .worker)
        // The status of what the projector has not read would be lost.
        #expect(backlog.bytes == 300)
        backlog.committed(topic: "t", partition: 0, offset: 2, by: .projector)
        #expect(backlog.bytes == 100)
        #expect(backlog.admit(bytes: 200))
        #expect(!backlog.admit(bytes: 1))
    }

    @Test func aReaderMayBeFasterThanTheAcknowledgement() {
        let backlog = EmbeddedBacklog(bytesMax: 100)
        #expect(backlog.admit(bytes: 100))
        commit(backlog, topic: "t", partition: 3, offset: 8)
        #expect(backlog.bytes == 100)
        backlog.stored(bytes: 100, topic: "t", partition: 3, offset: 7)
        #expect(backlog.bytes == 0)
    }

    @Test func partitionsAndTopicsAreKeptApart() {
        let backlog = EmbeddedBacklog(bytesMax: 1_000)
        for (topic, partition) in [("a", 0), ("a", 1), ("b", 0)] as [(String, Int32)] {
            #expect(backlog.admit(bytes: 100))
            backlog.stored(bytes: 100, topic: topic, partition: partition, offset: 0)
        }
        commit(backlog, topic: "a", partition: 0, offset: 1)
        #expect(backlog.bytes == 200)
        // Said again, and said late.
        commit(backlog, topic: "a", partition: 0, offset: 1)
        commit(backlog, topic: "a", partition: 0, offset: 0)
        #expect(backlog.bytes == 200)
    }

    @Test func whatIsAbandonedFreesCapacity() {
        let backlog = EmbeddedBacklog(bytesMax: 100)
        #expect(backlog.admit(bytes: 100))
        backlog.abandon(bytes: 100)
        #expect(backlog.bytes == 0)
        #expect(backlog.admit(bytes: 100))
    }

    /// Whatever the order of events, the bytes are those that are admitted and not read, and never above the bound.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theSumHolds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let backlog = EmbeddedBacklog(bytesMax: 2_000)
        var stored: [(bytes: Int, offset: Int64)] = []
        var inFlight: [Int] = []
        var next: Int64 = 0
        var (worker, projector) = (Int64(0), Int64(0))
        for _ in 0..<500 {
            switch UInt8.random(in: 0..<8, using: &random) {
            case 0..<4:
                let bytes = Int.random(in: 1...200, using: &random)
                if backlog.admit(bytes: bytes) { inFlight.append(bytes) }
            case 4, 5:
                guard let bytes = inFlight.popLast() else { continue }
                backlog.stored(bytes: bytes, topic: "t", partition: 0, offset: next)
                stored.append((bytes, next))
                next += 1
            case 6:
                if let bytes = inFlight.popLast() { backlog.abandon(bytes: bytes) }
            default:
                let offset = Int64.random(in: 0...next, using: &random)
                if Bool.random(using: &random) {
                    worker = max(worker, offset)
                    backlog.committed(topic: "t", partition: 0, offset: offset, by: .worker)
                } else {
                    projector = max(projector, offset)
                    backlog.committed(topic: "t", partition: 0, offset: offset, by: .projector)
                }
            }
            let committed = min(worker, projector)
            let unread = stored.filter { $0.offset >= committed }.reduce(0) { $0 + $1.bytes }
            #expect(backlog.bytes == unread + inFlight.reduce(0, +), "seed \(seed)")
            #expect(backlog.bytes <= 2_000)
        }
    }
}
