import Foundation
public import Kafka
import Synchronization

/// The Kafka that the suites of one test process share: `CACHESYNC_BROKERS`, or else a broker from `KAFKA_HOME`,
/// started when the first test asks for it.
///
/// Tests keep apart by names of topics and groups of their own (`uniqueName`); who stops a broker starts its own.
public enum KafkaCluster {
    private static let given = ProcessInfo.processInfo.environment["CACHESYNC_BROKERS"].flatMap { brokers in
        brokers.isEmpty ? nil : brokers.split(separator: ",").map(String.init)
    }

    /// Why there is no real Kafka for tests; nil when there is.
    public static var missing: String? { given == nil ? KafkaHome.missing : nil }
    public static var isAvailable: Bool { missing == nil }

    /// The cluster, started if need be.
    public static func configuration() throws -> KafkaConfiguration {
        if let given { return KafkaConfiguration(brokers: given, clientID: "test") }
        return try shared.get().configuration
    }

    /// A name that no other test has.
    public static func uniqueName(_ purpose: String) -> String {
        "\(purpose)-\(UUID().uuidString.lowercased())"
    }

    /// Makes a topic of a name of its own.
    public static func createTopic(_ purpose: String, partitions: Int = 4) throws -> String {
        let name = uniqueName(purpose)
        let results = try KafkaAdmin(configuration()).createTopics([NewTopic(name, partitions: partitions)])
        if let error = results.compactMap(\.error).first { throw error }
        return name
    }

    private static let shared = Result { try KafkaBroker().untilExit() }
}

extension KafkaBroker {
    /// For a broker held by a static, which has no deinit: it ends, and its directory goes, with the process.
    public func untilExit() -> KafkaBroker {
        ProcessExit.add {
            self.kill()
            try? FileManager.default.removeItem(atPath: self.directory.path)
        }
        return self
    }
}
