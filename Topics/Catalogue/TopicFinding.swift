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
    /// For a cluster that is not known here.
    public var description: String { description(TopicTools(brokers: "HOST:PORT")) }

    /// What differs, and the commands that mend it.
    public func description(_ tools: TopicTools) -> String {
        switch self {
        case .missing(let definition):
            "\(definition.name) is missing. Create it, with \(definition.partitions) partitions: \(tools.apply)"
        case .partitions(let topic, let wanted, let found):
            """
            \(topic) has \(found) partitions instead of \(wanted). \(Self.whyNot(found < wanted)): drain the topic, \
            delete it (\(tools.delete(topic: topic))), and create it anew: \(tools.apply)
            """
        case .replicationFactor(let topic, let wanted, let found):
            """
            \(topic) is kept in \(found) \(found == 1 ? "copy" : "copies") instead of \(wanted): what is lost with \
            \(found == 1 ? "that broker" : "those brokers") is lost. Raise it with kafka-reassign-partitions.sh \
            --execute, from the list that this prints: \(tools.listPartitions(topic: topic))
            """
        case .config(let topic, let setting, let wanted, let found):
            """
            \(topic) has \(setting)=\(found) instead of \(wanted). Set it: \
            \(tools.alter(topic: topic, setting: setting, value: wanted))
            """
        }
    }

    private static func whyNot(_ isTooFew: Bool) -> String {
        isTooFew
            ? "Adding partitions would move namespaces to other partitions and break their order"
            : "Kafka never takes partitions away"
    }
}
