import Kafka
import TestSupport
import Testing

/// Tests of what members of a consumer group write for each other.
struct MemberAssignmentTests {
    private static let whole: [UInt8] = [
        0, 1, 0, 0, 0, 2, 0, 1, 97, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 2, 98, 99, 0, 0, 0, 1, 0, 0, 1, 0,
    ]

    private func partitions(_ bytes: [UInt8]) -> [TopicPartition] {
        bytes.withUnsafeBytes { MemberAssignment.partitions($0) }
    }

    @Test func partitionsAreReadByTopic() {
        let expected = [TopicPartition("a", 0), TopicPartition("a", 7), TopicPartition("bc", 256)]
        #expect(partitions(Self.whole) == expected)
        #expect(partitions(Self.whole + [0, 0, 0, 1, 9]) == expected, "what stands behind is the members' own")
    }

    @Test func bytesThatCannotBeReadWholeSayNothing() {
        for length in Self.whole.indices { #expect(partitions(Array(Self.whole.prefix(length))).isEmpty) }
        // More topics and partitions than there are, and lengths below zero.
        for bytes: [UInt8] in [
            [0, 0, 127, 255, 255, 255], [0, 0, 255, 255, 255, 255], [0, 0, 0, 0, 0, 1, 255, 255],
            [0, 0, 0, 0, 0, 1, 0, 0, 127, 255, 255, 255], [0, 0, 0, 0, 0, 1, 0, 0, 255, 255, 255, 255],
        ] {
            #expect(partitions(bytes).isEmpty, "\(bytes)")
        }
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            var bytes = Self.whole
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            #expect(partitions(bytes).count <= bytes.count)
        }
    }
}
