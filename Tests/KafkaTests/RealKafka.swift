import Kafka
import TestSupport
import Testing

// The condition of tests that need a real Kafka.
extension Trait where Self == ConditionTrait {
    /// Runs when there is a real Kafka, ours or somebody's.
    static var realKafka: Self {
        .enabled(if: KafkaCluster.isAvailable, Comment(rawValue: KafkaCluster.missing ?? "real Kafka"))
    }

    /// Runs when brokers of our own can be started and stopped.
    static var ownBroker: Self {
        .enabled(if: KafkaHome.isAvailable, Comment(rawValue: KafkaHome.missing ?? "real Kafka"))
    }
}
