/// Reads what a consumer group has given a member: bytes that one member has written for another.
///
/// They are version 0 and up of `ConsumerProtocolAssignment`, as Apache Kafka's clients exchange it: a version of 16
/// bits, then a list of topics, each a name with its partitions; what stands behind them is ignored. Integers are
/// big-endian.
package struct MemberAssignment {
    /// More than a member of ours can have: what says more is no assignment.
    private static let partitionsMax = 100_000

    private var rest: UnsafeRawBufferPointer

    /// - Returns: with their names on the cluster; none for bytes that cannot be read whole.
    package static func partitions(_ bytes: UnsafeRawBufferPointer) -> [TopicPartition] {
        var reader = MemberAssignment(rest: bytes)
        return reader.read() ?? []
    }

    private mutating func read() -> [TopicPartition]? {
        guard integer(Int16.self) != nil, let topics = integer(Int32.self), topics >= 0 else { return nil }
        var partitions: [TopicPartition] = []
        for _ in 0..<topics {
            guard let topic = text(), let count = integer(Int32.self), count >= 0 else { return nil }
            for _ in 0..<count {
                guard let partition = integer(Int32.self), partitions.count < Self.partitionsMax else { return nil }
                partitions.append(TopicPartition(topic, partition))
            }
        }
        return partitions
    }

    private mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let size = MemoryLayout<Value>.size
        guard rest.count >= size else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size)) }
        return Value(bigEndian: rest.loadUnaligned(as: Value.self))
    }

    private mutating func text() -> String? {
        guard let length = integer(Int16.self), length >= 0, rest.count >= Int(length) else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(length))) }
        return String(decoding: rest.prefix(Int(length)), as: UTF8.self)
    }
}
