/// What became of a record that was sent.
public struct Delivery: Sendable {
    public enum Result: Hashable, Sendable {
        case stored(partition: Int32, offset: Int64)
        /// Not stored as far as is known. After a time-out it may still have been.
        case failed(KafkaError)
    }

    /// As given to `send`.
    public let token: UInt64
    public let result: Result
    /// Whether a record that failed may be stored all the same: it was sent, and no answer says what became of it.
    public let mayBeStored: Bool

    public init(token: UInt64, result: Result, mayBeStored: Bool = false) {
        self.token = token
        self.result = result
        self.mayBeStored = mayBeStored
    }
}

/// News of a client that belong to no record.
public enum KafkaNotice: Sendable {
    /// Usually passing: the library keeps trying.
    case error(KafkaError)
    /// The client is of no use any more and must be made anew.
    case fatal(KafkaError)
    case log(KafkaLog)
    /// The library's statistics, as JSON.
    case statistics(String)
}
