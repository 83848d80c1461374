/// Name of a dead letter: the partition and the offset of its record.
public struct DeadLetterName: Hashable, Sendable {
    public let partition: Int32
    public let offset: Int64

    public init(partition: Int32, offset: Int64) {
        (self.partition, self.offset) = (partition, offset)
    }

    /// - Parameter text: PARTITION/OFFSET; nil for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, let partition = Int32(words[0]), let offset = Int64(words[1]), partition >= 0,
            offset >= 0, offset < .max, "\(partition)/\(offset)" == text
        else { return nil }
        self.init(partition: partition, offset: offset)
    }
}
