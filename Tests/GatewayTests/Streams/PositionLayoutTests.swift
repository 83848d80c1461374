import Gateway
import Kafka
import TestSupport
import Testing

/// Tests of the text of positions, which clients send back.
struct PositionLayoutTests {
    private static let partitions = [
        TopicPartition("b", 1), TopicPartition("b", 0), TopicPartition("a", 10), TopicPartition("a", 2),
    ]

    @Test func textsAreReadWhereTheSamePartitionsAre() {
        let layout = PositionLayout(Self.partitions)
        let other = PositionLayout(Self.partitions.reversed())
        for positions in [[0, 0, 0, 0], [1, 127, 128, 300], [Int64.max, 0, Int64.max, 1]] as [[Int64]] {
            #expect(other.positions(layout.text(positions)) == positions)
        }
        #expect(layout.partitions == [("a", 2), ("a", 10), ("b", 0), ("b", 1)].map { TopicPartition($0, $1) })
    }

    /// Partitions that were added had no records when the text was written.
    @Test func textsOfBeforePartitionsWereAddedAreRead() {
        let old = PositionLayout(Self.partitions.filter { $0 != TopicPartition("a", 10) })
        let layout = PositionLayout(Self.partitions)
        let text = old.text([7, 8, 9])
        #expect(layout.positions(text, orOf: [old]) == [7, 0, 8, 9])
        #expect(layout.positions(layout.text([1, 2, 3, 4]), orOf: [old]) == [1, 2, 3, 4])
        #expect(layout.positions(text, orOf: []) == nil)
        // What the log does not have any more is no place in it.
        #expect(old.positions(layout.text([1, 2, 3, 4]), orOf: [layout]) == nil)
        #expect(old.isOutgrown(by: ["a": 2, "b": 2]) && old.isOutgrown(by: ["a": 2]))
        #expect(!layout.isOutgrown(by: ["a": 2, "b": 2, "c": 9]) && !layout.isOutgrown(by: ["a": 1]))
    }

    @Test func textsAreShort() {
        let partitions = (0..<48).map { TopicPartition("topic-\($0 / 12)", Int32($0 % 12)) }
        let text = PositionLayout(partitions).text(Array(repeating: 1_000_000, count: 48))
        #expect(text.utf8.count < 210)
    }

    @Test func whatNoSuchLayoutHasWrittenIsNotRead() {
        let layout = PositionLayout(Self.partitions)
        let text = layout.text([1, 2, 3, 4])
        let others = [
            PositionLayout(Self.partitions.dropLast()), PositionLayout(Self.partitions + [TopicPartition("c", 0)]),
            PositionLayout(Self.partitions.map { TopicPartition($0.topic + "x", $0.partition) }),
        ]
        for other in others { #expect(other.positions(text) == nil) }
        let hostile = [
            "", "end", "0", "-1", text + "A", String(text.dropLast()), " " + text, "=" + text, "é",
            String(repeating: "A", count: 100_000), String(repeating: "_", count: PositionLayout.textBytesMax),
        ]
        for one in hostile { #expect(layout.positions(one) == nil, "\(one.prefix(40))") }
    }

    @Test func noTextTraps() {
        var random = SeededGenerator.printed("damaged texts")
        let layout = PositionLayout(Self.partitions)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=%".utf8)
        for _ in 0..<5_000 {
            var text = Array(layout.text((0..<4).map { _ in Int64.random(in: 0...Int64.max, using: &random) }).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                text[Int.random(in: 0..<text.count, using: &random)] = alphabet.randomElement(using: &random) ?? 65
            }
            guard let positions = layout.positions(String(decoding: text, as: UTF8.self)) else { continue }
            #expect(positions.count == 4 && positions.allSatisfy { $0 >= 0 })
        }
    }
}
