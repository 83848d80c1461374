internal import CKafka
internal import Synchronization

/// Owns a producer's topic handle and remembers its number of partitions.
final class ProducerTopic: Sendable {
    /// Made for use from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let client: KafkaClient
    /// 0 while unknown.
    let partitions = Atomic<Int32>(0)

    init(_ name: String, client: KafkaClient) throws(KafkaError) {
        guard let pointer = rd_kafka_topic_new(client.handle, client.naming.onCluster(name), nil) else {
            throw KafkaError(rd_kafka_last_error(), "topic \(name)") ?? .invalidConfiguration("topic \(name)")
        }
        self.pointer = pointer
        self.client = client
    }

    deinit { rd_kafka_topic_destroy(pointer) }
}

/// A producer's topics by name.
final class ProducerTopics: Sendable {
    private let client: KafkaClient
    private let topics = Mutex<[String: ProducerTopic]>([:])

    init(client: KafkaClient) {
        self.client = client
    }

    func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
        if let known = topics.withLock({ $0[name] }) { return known }
        let new = try ProducerTopic(name, client: client)
        return topics.withLock { topics in
            // Another thread may have been quicker: both handles mean the same topic, one is kept.
            if let known = topics[name] { return known }
            topics[name] = new
            return new
        }
    }
}
