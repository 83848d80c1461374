internal import CKafka

/// Looks at a cluster and makes topics. Every call waits for its answer, at most `timeout`; any thread may call.
///
/// Calls throw `timedOut` with the last thing that went wrong on a connection when no broker answers.
public final class KafkaAdmin: Sendable {
    let client: KafkaClient
    private let configuration: KafkaConfiguration

    /// - Throws: `invalidConfiguration`.
    public init(_ configuration: KafkaConfiguration) throws(KafkaError) {
        self.configuration = configuration
        client = try KafkaClient(RD_KAFKA_PRODUCER, configuration, [])
    }

    /// All brokers and topics that this client may see.
    public func metadata(timeout: Duration = .seconds(10)) throws(KafkaError) -> ClusterMetadata {
        let deadline = Deadline(timeout)
        while true {
            var answer: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client.handle, 1, nil, &answer, deadline.millisecondsLeft)
            rd_kafka_poll(client.handle, 0)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer {
                defer { rd_kafka_metadata_destroy(answer) }
                return ClusterMetadata(answer.pointee, client.naming)
            }
            guard !deadline.hasPassed else { throw client.explained(code, "metadata") }
        }
    }

    /// Makes topics, and waits until they can be seen.
    ///
    /// - Returns: one result for each topic.
    public func createTopics(
        _ topics: [NewTopic], timeout: Duration = .seconds(30)
    ) throws(KafkaError) -> [TopicResult] {
        guard !topics.isEmpty else { return [] }
        let deadline = Deadline(timeout)
        let request = try AdminRequest(RD_KAFKA_ADMIN_OP_CREATETOPICS, client, timeout: timeout)
        var native: [OpaquePointer?] = []
        defer { native.forEach { rd_kafka_NewTopic_destroy($0) } }
        for topic in topics { native.append(try topic.makeNative(client.naming)) }
        rd_kafka_CreateTopics(client.handle, &native, native.count, request.options, request.answers.pointer)
        let results = try request.answer("create topics") { (event) throws(KafkaError) in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            return topicResults(results, count, "create", client.naming)
        }
        try waitUntilVisible(results.filter { $0.error == nil }.map(\.topic), deadline)
        return results
    }

    public func deleteTopics(_ names: [String], timeout: Duration = .seconds(30)) throws(KafkaError) -> [TopicResult] {
        guard !names.isEmpty else { return [] }
        let request = try AdminRequest(RD_KAFKA_ADMIN_OP_DELETETOPICS, client, timeout: timeout)
        var native: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new(client.naming.onCluster($0)) }
        defer { native.forEach { rd_kafka_DeleteTopic_destroy($0) } }
        rd_kafka_DeleteTopics(client.handle, &native, native.count, request.options, request.answers.pointer)
        return try request.answer("delete topics") { (event) throws(KafkaError) in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            return topicResults(results, count, "delete", client.naming)
        }
    }

    /// The offsets that a partition holds now.
    public func watermarks(
        of partition: TopicPartition, timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> Watermarks {
        try client.watermarks(of: partition, timeout: timeout)
    }

    /// The first offset of each partition whose record is newer than the given time; none where there is no such
    /// record. Times are the records' own, in milliseconds since 1970.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func offsets(
        newerThan times: [TopicPartition: Int64], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.offsets(newerThan: times, timeout: timeout)
    }

    /// The first offset of each partition whose record is at least as young as the given time; nil where no record is.
    /// Times are the records' own, in milliseconds since 1970. A partition that cannot be asked has its own error, such
    /// as that its leader has moved: ask anew then.
    ///
    /// The embedded cluster knows no times: there every answer is nil.
    ///
    /// - Throws: `timedOut`, or what went wrong for all of them.
    public func offsetsForTimes(
        _ times: [TopicPartition: Int64], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [TopicPartition: Result<Int64?, KafkaError>] {
        try client.offsetsForTimes(times, timeout: timeout)
    }

    /// A topic's or group's name as it stands on the cluster, for commands that somebody is told to run.
    public func clusterName(_ name: String) -> String { client.naming.onCluster(name) }

    /// How far `group` is behind in every partition of these topics.
    ///
    /// - Throws: `failed(.unknownTopicOrPartition)` for a topic that does not exist.
    public func lag(
        group: String, topics: [String], timeout: Duration = .seconds(10)
    ) throws(KafkaError) -> [PartitionLag] {
        let deadline = Deadline(timeout)
        let cluster = try metadata(timeout: timeout)
        var partitions: [TopicPartition] = []
        for name in topics {
            guard let topic = cluster.topic(name) else { throw .failed(.unknownTopicOrPartition, "topic \(name)") }
            partitions += topic.partitions.map { TopicPartition(name, $0.id) }
        }
        let consumer = try KafkaConsumer(configuration, ConsumerTuning(group: group))
        defer { consumer.close(deadline: .seconds(2)) }
        var lags: [PartitionLag] = []
        for offset in try consumer.committed(partitions, timeout: .milliseconds(deadline.millisecondsLeft)) {
            let left = Duration.milliseconds(max(100, deadline.millisecondsLeft))
            let watermarks = try client.watermarks(of: offset.partition, timeout: left)
            lags.append(PartitionLag(partition: offset.partition, committed: offset.offset, watermarks: watermarks))
        }
        return lags
    }

    /// The controller answers before every broker has heard of a new topic.
    private func waitUntilVisible(_ names: [String], _ deadline: Deadline) throws(KafkaError) {
        while !names.isEmpty {
            let cluster = try metadata(timeout: .milliseconds(max(100, deadline.millisecondsLeft)))
            let isVisible = names.allSatisfy { name in
                guard let topic = cluster.topic(name), topic.error == nil else { return false }
                return !topic.partitions.isEmpty && topic.partitions.allSatisfy { $0.leader != nil }
            }
            if isVisible { return }
            guard !deadline.hasPassed else { throw .timedOut("new topics are not known to the brokers yet") }
        }
    }
}

private func topicResults(
    _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ what: String, _ naming: TopicNaming
) -> [TopicResult] {
    UnsafeBufferPointer(start: results, count: count).map { result in
        let clusterName = String(cString: rd_kafka_topic_result_name(result))
        let name = naming.own(clusterName) ?? clusterName
        let detail = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
        let error = KafkaError(rd_kafka_topic_result_error(result), "\(what) topic \(name)", detail: detail)
        return TopicResult(topic: name, error: error)
    }
}

extension NewTopic {
    fileprivate func makeNative(_ naming: TopicNaming) throws(KafkaError) -> OpaquePointer {
        var buffer = [CChar](repeating: 0, count: 256)
        let copies = Int32(clamping: replicationFactor ?? -1)
        guard
            let topic = rd_kafka_NewTopic_new(
                naming.onCluster(name), Int32(clamping: partitions), copies, &buffer, buffer.count)
        else { throw .invalidConfiguration("topic \(name): \(text(of: buffer))") }
        for (key, value) in config {
            if let error = KafkaError(rd_kafka_NewTopic_set_config(topic, key, value), "topic \(name): \(key)") {
                rd_kafka_NewTopic_destroy(topic)
                throw error
            }
        }
        return topic
    }
}
