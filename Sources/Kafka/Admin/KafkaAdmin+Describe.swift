internal import CKafka

// Descriptions of topics and their settings.
extension KafkaAdmin {
    /// What the cluster has of these topics; the ones it has not are left out.
    public func describeTopics(
        _ names: [String], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [TopicDescription] {
        let cluster = try metadata(timeout: timeout)
        let hasSettings = hasSettings(cluster)
        let found = names.compactMap { cluster.topic($0) }.filter { $0.error == nil }
        let configs = try hasSettings ? configuration(ofTopics: found.map(\.name), timeout: timeout) : [:]
        return found.compactMap { topic in
            // A topic may go between the two questions.
            let config = configs[topic.name]
            if hasSettings && config == nil { return nil }
            return TopicDescription(
                name: topic.name, partitions: topic.partitions.count,
                replicationFactor: topic.partitions.map(\.replicas.count).min() ?? 0, config: config ?? [:])
        }
    }

    /// Settings are the controller's, and the embedded cluster has none that answers. After metadata has come, the
    /// library knows the controller: there is no wait.
    private func hasSettings(_ cluster: ClusterMetadata) -> Bool {
        let controller = rd_kafka_controllerid(client.handle, 100)
        return cluster.brokers.contains { $0.id == controller }
    }

    /// The settings in force, by topic; topics that do not exist are left out. Secret settings have no value and
    /// are left out, too.
    ///
    /// - Throws: `timedOut` on the embedded cluster, which does not answer such questions.
    public func configuration(
        ofTopics names: [String], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [String: [String: String]] {
        guard !names.isEmpty else { return [:] }
        let request = try AdminRequest(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, client, timeout: timeout)
        var native: [OpaquePointer?] = names.map {
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, client.naming.onCluster($0))
        }
        defer { native.forEach { rd_kafka_ConfigResource_destroy($0) } }
        rd_kafka_DescribeConfigs(client.handle, &native, native.count, request.options, request.answers.pointer)
        return try request.answer("topic settings") { (event) throws(KafkaError) in
            var count = 0
            let result = rd_kafka_event_DescribeConfigs_result(event)
            let resources = rd_kafka_DescribeConfigs_result_resources(result, &count)
            var configs: [String: [String: String]] = [:]
            for resource in UnsafeBufferPointer(start: resources, count: count) {
                let clusterName = String(cString: rd_kafka_ConfigResource_name(resource))
                let name = client.naming.own(clusterName) ?? clusterName
                switch rd_kafka_ConfigResource_error(resource) {
                case RD_KAFKA_RESP_ERR_NO_ERROR: configs[name] = entries(of: resource)
                case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: continue
                case let code: try check(code, "settings of topic \(name)")
                }
            }
            return configs
        }
    }
}

private func entries(of resource: OpaquePointer?) -> [String: String] {
    var count = 0
    let entries = rd_kafka_ConfigResource_configs(resource, &count)
    var config: [String: String] = [:]
    for entry in UnsafeBufferPointer(start: entries, count: count) {
        guard let name = rd_kafka_ConfigEntry_name(entry) else { continue }
        guard let value = rd_kafka_ConfigEntry_value(entry) else { continue }
        config[String(cString: name)] = String(cString: value)
    }
    return config
}

extension ClusterMetadata {
    /// Topics of others are left out: their names do not begin with the prefix.
    init(_ native: rd_kafka_metadata, _ naming: TopicNaming) {
        brokers = UnsafeBufferPointer(start: native.brokers, count: Int(native.broker_cnt)).map {
            Broker(id: $0.id, host: String(cString: $0.host), port: Int($0.port))
        }
        topics = UnsafeBufferPointer(start: native.topics, count: Int(native.topic_cnt)).compactMap { topic in
            guard let name = naming.own(String(cString: topic.topic)) else { return nil }
            return Topic(
                name: name,
                partitions: UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
                    .map(Partition.init).sorted { $0.id < $1.id },
                error: KafkaError(topic.err, "topic \(name)"))
        }
    }
}

extension ClusterMetadata.Partition {
    fileprivate init(_ native: rd_kafka_metadata_partition) {
        id = native.id
        leader = native.leader < 0 ? nil : native.leader
        replicas = Array(UnsafeBufferPointer(start: native.replicas, count: Int(native.replica_cnt)))
        inSync = Array(UnsafeBufferPointer(start: native.isrs, count: Int(native.isr_cnt)))
    }
}
