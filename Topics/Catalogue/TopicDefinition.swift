/// One topic as `Topics/definitions/` describes it: how it is created, and what its records mean.
public struct TopicDefinition: Codable, Hashable, Sendable {
    public var name: String
    public var summary: String
    /// Fixed for the topic's life: another number would move keys to other partitions.
    public var partitions: Int
    /// Wanted copies; see `fitted(toBrokers:)`.
    public var replicationFactor: Int
    /// Kafka's topic configuration in the words of its tools.
    public var config: [String: String]
    public var key: Key
    public var value: Value
    public var headers: [Header]

    public struct Key: Codable, Hashable, Sendable {
        public var meaning: String
        public var bytesMax: Int?
    }

    public struct Value: Codable, Hashable, Sendable {
        public var contentType: String
        /// A file of `Topics/schemas/`; none where the value is not ours.
        public var schema: String?
        public var bytesMax: Int?
    }

    public struct Header: Codable, Hashable, Sendable {
        public var name: String
        public var meaning: String
        public var required: Bool
    }
}

extension TopicDefinition {
    private static let minimumInSync = "min.insync.replicas"

    /// The same topic for a cluster of so many brokers: not more copies than brokers, and fewer copies needed
    /// for a write than there are, so that one broker may be away.
    public func fitted(toBrokers brokers: Int) -> TopicDefinition {
        precondition(brokers > 0, "a cluster has brokers")
        var fitted = self
        fitted.replicationFactor = min(replicationFactor, brokers)
        if let wanted = config[Self.minimumInSync].flatMap({ Int($0) }) {
            fitted.config[Self.minimumInSync] = String(max(1, min(wanted, fitted.replicationFactor - 1)))
        }
        return fitted
    }
}
