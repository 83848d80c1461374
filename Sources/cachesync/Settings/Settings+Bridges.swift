import Bridges
import Kafka
import Mappings
import Runtime

// Settings of bridges.
extension Settings {
    /// None where none is configured.
    func bridges() throws -> [Mapping] {
        let mappings = try MappingList.read(sources)
        let own = try sources.string("kafka.topicPrefix") + "cachesync."
        for mapping in mappings where mapping.topic.hasPrefix(own) {
            throw ConfigurationError(
                key: MappingList.key.name,
                problem: "\(mapping.topic) is a topic of this installation, whose events would be published for ever",
                hint: "name a topic of another system")
        }
        return mappings
    }

    /// The bridges, for those who can do nothing without.
    ///
    /// - Throws: `ConfigurationError` that says what to write where.
    func someBridges() throws -> [Mapping] {
        let bridges = try bridges()
        guard bridges.isEmpty else { return bridges }
        throw ConfigurationError(
            problem: "no bridge is configured, so there is nothing to read",
            hint: """
                name the topics of other systems in \(file ?? "cachesync.yaml"):
                  bridges:
                    - {topic: shop.products, format: debezium, tags: ["product-{row.id}"]}
                """)
    }

    func bridge(kafka: KafkaConfiguration) throws -> BridgeConfiguration {
        var configuration = BridgeConfiguration(kafka: kafka, mappings: try bridges())
        configuration.sessionTimeout = try sources.duration("kafka.sessionTimeout", in: .seconds(1)...(.seconds(1800)))
        return configuration
    }
}
