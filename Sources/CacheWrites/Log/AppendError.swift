/// Why a write is not known to be in the log.
public enum AppendError: Error, Hashable, Sendable {
    /// Too much is on its way, or waits for the database. The write is not in the log.
    case overloaded(retryAfter: Duration)
    /// This process does not own the key now. The write is not in the log.
    case notOwned
    /// The log cannot hold it. The write is not in the log.
    case refused(String)
    /// Kafka did not store it: it is not in the log.
    case notStored(String)
    /// It was sent, and Kafka has not said what became of it: it may be in the log, now or in a moment.
    case unknown(String)

    /// Whether the write may be in the log all the same.
    public var isOutcomeUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}

extension AppendError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .overloaded(let pause): "too many writes wait; try it once more in \(pause)"
        case .notOwned: "another node owns the key"
        case .refused(let text): "the write is refused: \(text)"
        case .notStored(let text): "the write is not stored: \(text)"
        case .unknown(let text): "it is not known whether the write is stored: \(text)"
        }
    }
}

/// Where an acknowledged write stands in the log.
public struct LogPosition: Hashable, Sendable {
    public let partition: Int32
    public let offset: Int64

    public init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}
