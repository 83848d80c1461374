public import Kafka

/// Brings the catalogue's topics to a cluster.
///
/// What exists is never changed: partitions cannot be taken away, adding some would break the order of namespaces,
/// and a setting that differs may have been set on purpose. `TopicPlan` says what differs and what to do.
public enum TopicSetup {
    /// Creates what the embedded cluster lacks. It knows partitions only, no configuration.
    public static func apply(
        _ definitions: [TopicDefinition] = TopicCatalogue.all, to cluster: EmbeddedCluster
    ) throws(KafkaError) {
        let plan = check(definitions, on: cluster)
        for definition in plan.missing {
            try cluster.createTopic(definition.name, partitions: definition.partitions)
        }
    }

    /// What the embedded cluster lacks.
    public static func check(
        _ definitions: [TopicDefinition] = TopicCatalogue.all, on cluster: EmbeddedCluster
    ) -> TopicPlan {
        TopicPlan.compare(
            desired: definitions,
            existing: cluster.topics.map { ExistingTopic(name: $0.key, partitions: $0.value) })
    }
}
