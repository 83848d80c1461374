internal import CKafka
internal import Glibc

// Commits, committed offsets, and offsets by time.
extension KafkaConsumer {
    /// Commits for the group without waiting; the answer comes as `committed`.
    ///
    /// - Throws: `invalidConfiguration` for metadata that a broker could refuse or damage.
    public func commit(_ offsets: [CommitOffset]) throws(KafkaError) {
        guard let control, !offsets.isEmpty else { return }
        try startCommit(of: offsets, answerTo: control)
    }

    /// Commits and waits for the answer.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func commitSync(_ offsets: [CommitOffset], timeout: Duration) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let answers = EventQueue(rd_kafka_queue_new(client.handle), of: client)
        try startCommit(of: offsets, answerTo: answers)
        let deadline = Deadline(timeout)
        while !deadline.hasPassed {
            let results = answers.next(timeout: deadline.millisecondsLeft) { event -> [CommitResult]? in
                rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT ? commitResults(of: event) : nil
            }
            guard case let results?? = results else { continue }
            if let error = results.lazy.compactMap(\.error).first { throw error }
            return
        }
        throw client.explained(RD_KAFKA_RESP_ERR__TIMED_OUT, "commit")
    }

    /// What the group has committed for these partitions.
    ///
    /// A coordinator that is only just made, or moves, is asked once more within the time.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [CommittedOffset] {
        let list = PartitionList(partitions, client.naming)
        let deadline = Deadline(timeout)
        var code = rd_kafka_committed(client.handle, list.pointer, deadline.millisecondsLeft)
        while Self.isOfCoordinator(code), deadline.millisecondsLeft > Self.coordinatorPause {
            usleep(UInt32(Self.coordinatorPause) * 1_000)
            code = rd_kafka_committed(client.handle, list.pointer, deadline.millisecondsLeft)
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.explained(code, "committed offsets") }
        var offsets: [CommittedOffset] = []
        for element in list.pointer.elements {
            let partition = element.topicPartition(client.naming)
            try check(element.err, "committed offset of \(partition)")
            offsets.append(
                CommittedOffset(
                    partition: partition, offset: element.offset < 0 ? nil : element.offset,
                    metadata: element.metadataText))
        }
        return offsets
    }

    private static let coordinatorPause: Int32 = 100  // ms

    private static func isOfCoordinator(_ code: rd_kafka_resp_err_t) -> Bool {
        code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE
            || code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS
    }

    /// The offsets that a partition holds now, as its leader says.
    public func watermarks(of partition: TopicPartition, timeout: Duration) throws(KafkaError) -> Watermarks {
        try client.watermarks(of: partition, timeout: timeout)
    }

    /// The offsets that each of these partitions holds now, with one question to each leader.
    ///
    /// - Throws: `timedOut`, or the first partition's error.
    public func watermarks(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Watermarks] {
        try client.watermarks(of: partitions, timeout: timeout)
    }

    /// As `KafkaAdmin.offsets(newerThan:timeout:)`.
    public func offsets(
        newerThan times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try client.offsets(newerThan: times, timeout: timeout)
    }

    /// As `KafkaAdmin.offsetsForTimes(_:timeout:)`.
    public func offsetsForTimes(
        _ times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Result<Int64?, KafkaError>] {
        try client.offsetsForTimes(times, timeout: timeout)
    }

    private func startCommit(of offsets: [CommitOffset], answerTo queue: EventQueue) throws(KafkaError) {
        precondition(group != nil, "only a member of a group can commit")
        for offset in offsets {
            let bytes = offset.metadata.utf8
            // Newer formats than ours may count differently; zeros are cut off, more is refused by the broker.
            guard bytes.count <= CommitOffset.metadataBytesMax, bytes.allSatisfy({ $0 > 0 && $0 < 0x80 }) else {
                throw .invalidConfiguration(
                    """
                    commit of \(offset.partition): metadata must be at most \(CommitOffset.metadataBytesMax) bytes of \
                    ASCII, and is \(bytes.count)
                    """)
            }
        }
        let list = PartitionList(offsets, client.naming)
        try check(rd_kafka_commit_queue(client.handle, list.pointer, queue.pointer, nil, nil), "commit")
    }
}
