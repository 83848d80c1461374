/// The commands that mend topics, complete for one cluster, so that they can be pasted.
public struct TopicTools: Sendable {
    private let brokers: String
    private let options: String
    private let isPlain: Bool

    /// - Parameters:
    ///   - brokers: `host:port` with commas between them.
    ///   - options: further ones of our own commands, with a space before each.
    ///   - isPlain: whether Kafka's tools reach the brokers without a file that says how.
    public init(brokers: String, options: String = "", isPlain: Bool = true) {
        self.brokers = brokers
        self.options = options
        self.isPlain = isPlain
    }

    var apply: String { "cachesync topics apply --brokers \(brokers)\(options)" }

    func alter(topic: String, setting: String, value: String) -> String {
        // Kafka's tool takes commas apart unless brackets hold them together.
        let value = value.contains(",") ? "[\(value)]" : value
        return "kafka-configs.sh \(connection) --alter --entity-type topics --entity-name \(topic) "
            + "--add-config \(setting)=\(value)"
    }

    func delete(topic: String) -> String {
        "kafka-topics.sh \(connection) --delete --topic \(topic)"
    }

    /// Prints the lists of partitions, of which one, with more brokers in each, raises the copies.
    func listPartitions(topic: String) -> String {
        "kafka-reassign-partitions.sh \(connection) --generate --broker-list IDS "
            + "--topics-to-move-json-file <(echo '{\"version\":1,\"topics\":[{\"topic\":\"\(topic)\"}]}')"
    }

    private var connection: String {
        "--bootstrap-server \(brokers)" + (isPlain ? "" : " --command-config CLIENT.properties")
    }
}
