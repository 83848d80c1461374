internal import CKafka
internal import Glibc
internal import Synchronization

/// Kafka brokers inside this process, on ports of the loopback address. In memory, and for one process's life.
///
/// Each partition keeps at most 5 MiB and 100,000 batches: then the oldest are gone. There are no topic
/// configurations, no retention by time, no transactions, and no access control.
public final class EmbeddedCluster: Sendable {
    /// Made for use from any thread.
    nonisolated(unsafe) private let client: OpaquePointer
    nonisolated(unsafe) private let cluster: OpaquePointer
    /// `host:port` of every broker.
    public let brokers: [String]
    private let created = Mutex<[String: Int]>([:])

    public init(brokers count: Int = 1) throws(KafkaError) {
        precondition(count > 0, "a cluster has brokers")
        var native = NativeConfiguration()
        // The client only carries the cluster. It would warn, on standard error, that it has no broker to talk to.
        try native.set("log_level", "3", shown: true)
        client = try native.makeClient(RD_KAFKA_PRODUCER)
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(count)) else {
            rd_kafka_destroy(client)
            throw .invalidConfiguration("the embedded cluster could not listen on the loopback address")
        }
        self.cluster = cluster
        brokers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster)).split(separator: ",").map(String.init)
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    /// The addresses as one text, separated by commas.
    public var bootstrap: String { brokers.joined(separator: ",") }

    /// The topics made by `createTopic`, with their numbers of partitions.
    public var topics: [String: Int] { created.withLock { $0 } }

    /// - Throws: `failed(.topicAlreadyExists)`.
    public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        Self.letItSleep()
        try check(
            rd_kafka_mock_topic_create(cluster, name, Int32(partitions), Int32(brokers.count)), "create topic \(name)")
        created.withLock { $0[name] = partitions }
    }

    /// Cuts a broker off and refuses connections to it, or takes it back. Brokers count from 1.
    public func setBroker(_ broker: Int32, isUp: Bool) throws(KafkaError) {
        Self.letItSleep()
        let code = isUp ? rd_kafka_mock_broker_set_up(cluster, broker) : rd_kafka_mock_broker_set_down(cluster, broker)
        try check(code, "broker \(broker)")
    }

    /// Lets the cluster's thread go to sleep before it is called. One call straight after another may not wake it: then
    /// it sleeps on for a second. Measured with librdkafka 2.0.2: 147 of 560 calls without this pause, none with it.
    private static func letItSleep() {
        usleep(500)
    }
}
