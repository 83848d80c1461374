/// One difference between a cluster and the catalogue. Its description says what to do about it.
public enum TopicFinding: Hashable, Sendable {
    case missing(TopicDefinition)
    case partitions(topic: String, wanted: Int, found: Int)
    /// More copies than wanted are no finding.
    case replicationFactor(topic: String, wanted: Int, found: Int)
    case config(topic: String, setting: String, wanted: String, found: String)

    public var topic: String {
        switch self {
        case .missing(let definition): definition.name
        case .partitions(let topic, _, _), .replicationFactor(let topic, _, _), .config(let topic, _, _, _): topic
        }
    }
}

extension TopicFinding {
    func named(_ name: (String) -> String) -> TopicFinding {
        switch self {
        case .missing(var definition):
            definition.name = name(definition.name)
            return .missing(definition)
        case .partitions(let topic, let wanted, let found):
            return .partitions(topic: name(topic), wanted: wanted, found: found)
        case .replicationFactor(let topic, let wanted, let found):
            return .replicationFactor(topic: name(topic), wanted: wanted, found: found)
        case .config(let topic, let setting, let wanted, let found):
            return .config(topic: name(topic), setting: setting, wanted: wanted, found: found)
        }
    }
}

extension TopicFinding: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let definition):
            "\(definition.name) is missing. `cachesync topics apply` creates it with \(definition.partitions) partitions."
        case .partitions(let topic, let wanted, let found) where found < wanted:
            """
            \(topic) has \(found) partitions instead of \(wanted). Adding partitions would move namespaces to other \
            partitions and break their order: drain the topic, delete it, and run `cachesync topics apply`.
            """
        case .partitions(let topic, let wanted, let found):
            """
            \(topic) has \(found) partitions instead of \(wanted). Kafka never takes partitions away: drain the topic, \
            delete it, and run `cachesync topics apply`.
            """
        case .replicationFactor(let topic, let wanted, let found):
            """
            \(topic) is kept in \(found) \(found == 1 ? "copy" : "copies") instead of \(wanted): what is lost with \
            \(found == 1 ? "that broker" : "those brokers") is lost. Raise it with kafka-reassign-partitions.sh.
            """
        case .config(let topic, let setting, let wanted, let found):
            """
            \(topic) has \(setting)=\(found) instead of \(wanted). Set it with: kafka-configs.sh --alter \
            --entity-type topics --entity-name \(topic) --add-config \(setting)=\(wanted)
            """
        }
    }
}
