internal import Crypto
package import Invalidations
package import Kafka

/// Id of the request that an event becomes: the same each time the event is read.
package enum EventID {
    /// - Parameters:
    ///   - bridge: several may read one topic.
    ///   - timestamp: of the record. A topic that was deleted and made anew has the same offsets once more.
    package static func make(bridge: String, partition: TopicPartition, offset: Int64, timestamp: Int64?) -> RequestID {
        let position = "\(partition.topic)/\(partition.partition)/\(offset)"
        let text = "\(bridge)/\(position)/\(timestamp.map(String.init) ?? "-")"
        return RequestID(digest: SHA256Digest.of(Array(text.utf8)))
    }
}
