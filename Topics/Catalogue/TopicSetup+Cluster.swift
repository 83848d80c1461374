public import Kafka

// Creates and changes topics on a cluster.
extension TopicSetup {
    /// Creates what the cluster lacks, fitted to its number of brokers, and changes nothing else.
    ///
    /// - Returns: what was found before; `missing` is what was created.
    @discardableResult
    public static func apply(
        _ definitions: [TopicDefinition] = TopicCatalogue.all, to admin: KafkaAdmin
    ) throws(KafkaError) -> TopicPlan {
        let plan = try compare(definitions, on: admin)
        let topics = plan.missing.map {
            NewTopic($0.name, partitions: $0.partitions, replicationFactor: $0.replicationFactor, config: $0.config)
        }
        for result in try admin.createTopics(topics) {
            // Somebody else was faster with the same topic: that is what was wanted.
            if let error = result.error, error.code != .topicAlreadyExists { throw error }
        }
        return plan.named(admin.clusterName)
    }

    /// Compares the cluster with the definitions, fitted to its number of brokers.
    ///
    /// - Returns: findings with the names that topics have on the cluster, the installation's prefix included.
    public static func check(
        _ definitions: [TopicDefinition] = TopicCatalogue.all, on admin: KafkaAdmin
    ) throws(KafkaError) -> TopicPlan {
        try compare(definitions, on: admin).named(admin.clusterName)
    }

    private static func compare(
        _ definitions: [TopicDefinition], on admin: KafkaAdmin
    ) throws(KafkaError) -> TopicPlan {
        let brokers = try admin.metadata().brokers.count
        let existing = try admin.describeTopics(definitions.map(\.name))
        let copies = Dictionary(existing.map { ($0.name, $0.replicationFactor) }, uniquingKeysWith: max)
        return TopicPlan.compare(
            // A broker that is away for a while does not make the copies of a topic too many.
            desired: definitions.map { $0.fitted(toBrokers: max(1, brokers, copies[$0.name] ?? 0)) },
            existing: existing.map {
                ExistingTopic(
                    name: $0.name, partitions: $0.partitions, replicationFactor: $0.replicationFactor, config: $0.config
                )
            })
    }
}
