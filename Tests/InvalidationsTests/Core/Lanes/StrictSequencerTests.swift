import Invalidations
import TestSupport
import Testing

/// Strict sequencer, against sets of offsets.
struct StrictSequencerTests {
    private static func line(_ edge: Int, partition: Int32 = 0) throws -> StrictSequencer.Line {
        StrictSequencer.Line(
            partition: partition, namespace: try #require(Namespace("shop")), edge: edge, priority: 1)
    }

    @Test func theNextComesWhenTheHeadHasEnded() throws {
        var sequencer = StrictSequencer()
        let line = try Self.line(0)
        for offset in [7, 5, 9] as [Int64] { sequencer.addDeferred(offset, line) }
        #expect(sequencer.head(line) == 5)
        #expect(sequencer.end(7, line) == nil, "it was not the head")
        #expect(sequencer.end(5, line) == 9)
        #expect(sequencer.end(5, line) == nil, "it has ended already")
        #expect(sequencer.end(9, line) == nil)
        #expect(sequencer.head(line) == nil && sequencer.count == 0)
    }

    @Test func retriesInHandAreFoundByTheirOrigin() throws {
        var sequencer = StrictSequencer()
        let line = try Self.line(0)
        sequencer.addRetry(3, 5, line)
        sequencer.addRetry(4, 5, line)
        sequencer.addRetry(3, 5, line)
        #expect(sequencer.retries(of: 5, line) == [3, 4])
        sequencer.removeRetry(3, 5, partition: 0)
        #expect(sequencer.retries(of: 5, line) == [4])
        #expect(sequencer.head(line) == 5, "the request has not ended")
    }

    @Test func linesOfOtherPartitionsAreKept() throws {
        var sequencer = StrictSequencer()
        sequencer.addDeferred(1, try Self.line(0))
        sequencer.addDeferred(2, try Self.line(0, partition: 1))
        sequencer.forget(partitions: [0])
        #expect(sequencer.count == 1)
        #expect(sequencer.head(try Self.line(0)) == nil)
        #expect(sequencer.head(try Self.line(0, partition: 1)) == 2)
    }

    @Test func theHeadIsTheSmallestOfItsLine() throws {
        var random = SeededGenerator.printed("strict sequencer")
        let lines = try (0..<3).map { try Self.line($0) }
        for _ in 0..<50 {
            var sequencer = StrictSequencer()
            var model: [Set<Int64>] = [[], [], []]
            for _ in 0..<300 {
                let number = Int.random(in: 0..<3, using: &random)
                let offset = Int64.random(in: 0..<40, using: &random)
                if Bool.random(using: &random) {
                    sequencer.addDeferred(offset, lines[number])
                    model[number].insert(offset)
                } else {
                    let wasHead = model[number].min() == offset
                    model[number].remove(offset)
                    let next = sequencer.end(offset, lines[number])
                    #expect(next == (wasHead ? model[number].min() : nil), "seed \(random.seed)")
                }
                #expect(sequencer.head(lines[number]) == model[number].min(), "seed \(random.seed)")
                #expect(sequencer.count == model.reduce(0) { $0 + $1.count }, "seed \(random.seed)")
            }
        }
    }
}
