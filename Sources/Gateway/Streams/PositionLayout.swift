internal import Basics
package import Kafka

/// Layout of positions in the log: which partitions they are of, and their text.
///
/// The text is what a client sends back as `Last-Event-ID`, to this gateway or another: the next offset of each
/// partition in the order of their names, and a mark of those names. Positions of other partitions are not read.
package struct PositionLayout: Sendable, Equatable {
    /// What is longer is no text of ours; some 1,500 partitions fit.
    package static let textBytesMax = 8_192
    private static let version: UInt8 = 1

    /// Sorted; positions stand in the same order.
    package let partitions: [TopicPartition]
    private let mark: [UInt8]

    package init(_ partitions: [TopicPartition]) {
        self.partitions = partitions.sorted()
        let names = self.partitions.map(\.description).joined(separator: "\n")
        let hash = FNV1a.hash(names)
        mark = (0..<4).map { UInt8(truncatingIfNeeded: hash >> (8 * $0)) }
    }

    /// Whether it is the text of positions, in whatever partitions.
    package static func isText(_ text: String) -> Bool {
        text.utf8.count <= textBytesMax && Base64URL.bytes(text[...])?.first == version
    }

    package func text(_ positions: [Int64]) -> String {
        var bytes = [Self.version] + mark
        bytes.reserveCapacity(bytes.count + 4 * positions.count)
        for position in positions { Varint.append(UInt64(clamping: position), to: &bytes) }
        return Base64URL.text(bytes)
    }

    /// - Parameter earlier: layouts of before partitions were added. A partition that one of them lacks had no records.
    /// - Returns: nil for what is the text of none of them either.
    package func positions(_ text: String, orOf earlier: [PositionLayout]) -> [Int64]? {
        if let positions = positions(text) { return positions }
        for layout in earlier.reversed() {
            guard let old = layout.positions(text) else { continue }
            let byPartition = Dictionary(zip(layout.partitions, old)) { first, _ in first }
            guard Set(layout.partitions).isSubset(of: partitions) else { return nil }
            return partitions.map { byPartition[$0] ?? 0 }
        }
        return nil
    }

    /// Whether a topic has more partitions by now.
    ///
    /// - Parameter counts: of the partitions of topics, others than these as well.
    package func isOutgrown(by counts: [String: Int]) -> Bool {
        let own = Dictionary(grouping: partitions, by: \.topic).mapValues(\.count)
        return own.contains { topic, count in counts[topic].map { $0 > count } ?? false }
    }

    /// - Returns: nil for anything but the text of as many positions in the same partitions.
    package func positions(_ text: String) -> [Int64]? {
        guard text.utf8.count <= Self.textBytesMax, let bytes = Base64URL.bytes(text[...]) else { return nil }
        let head = [Self.version] + mark
        guard bytes.starts(with: head) else { return nil }
        var rest = bytes.dropFirst(head.count)
        var positions: [Int64] = []
        positions.reserveCapacity(partitions.count)
        for _ in partitions {
            guard let (value, next) = Varint.read(rest) else { return nil }
            positions.append(Int64(clamping: value))
            rest = next
        }
        return rest.isEmpty ? positions : nil
    }
}
