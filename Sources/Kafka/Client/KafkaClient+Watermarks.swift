internal import CKafka

// Watermarks of partitions, and offsets by time.
extension KafkaClient {
    /// Asks the partition's leader. The library may take longer than told when a leader moves.
    func watermarks(of partition: TopicPartition, timeout: Duration) throws(KafkaError) -> Watermarks {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            handle, naming.onCluster(partition.topic), partition.partition, &low, &high, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw explained(code, "watermarks of \(partition)") }
        return Watermarks(low: low, high: high)
    }

    /// The high watermark that the last answer to a fetch brought; nil before the first.
    func knownEnd(of partition: TopicPartition) -> Int64? {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_get_watermark_offsets(
            handle, naming.onCluster(partition.topic), partition.partition, &low, &high)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    /// Asks every leader once for all of its partitions.
    func watermarks(
        of partitions: [TopicPartition], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Watermarks] {
        let deadline = Deadline(timeout)
        // The ends first: what is written meanwhile can only lie behind them.
        let high = try offsets(of: partitions, RD_KAFKA_OFFSET_END, deadline)
        let low = try offsets(of: partitions, RD_KAFKA_OFFSET_BEGINNING, deadline)
        return Dictionary(
            partitions.map { ($0, Watermarks(low: low[$0] ?? 0, high: max(high[$0] ?? 0, low[$0] ?? 0))) }
        ) { $1 }
    }

    /// The first offset of each partition whose record is newer than the given time; none where there is no such
    /// record.
    func offsets(
        newerThan times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let next = times.mapValues { max(0, $0) < Int64.max ? max(0, $0) + 1 : Int64.max }
        return try offsets(next, Deadline(timeout)).filter { $0.value >= 0 }
    }

    /// The first offset of each partition whose record is at least as young as the given time; nil where there is no
    /// such record. Partitions may fail one by one.
    ///
    /// - Throws: `timedOut`, or what went wrong for all of them.
    func offsetsForTimes(
        _ times: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Result<Int64?, KafkaError>] {
        // The library's numbers for the ends are negative.
        try answers(times.mapValues { max(0, $0) }, Deadline(timeout)).mapValues { answer in
            answer.map { $0 < 0 ? nil : $0 }
        }
    }

    func ends(of partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsets(of: partitions, RD_KAFKA_OFFSET_END, Deadline(timeout))
    }

    func beginnings(of partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsets(of: partitions, RD_KAFKA_OFFSET_BEGINNING, Deadline(timeout))
    }

    /// - Parameter place: the library's number for a beginning or an end.
    private func offsets(
        of partitions: [TopicPartition], _ end: Int32, _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try offsets(Dictionary(partitions.map { ($0, Int64(end)) }) { $1 }, deadline)
    }

    /// - Throws: `timedOut`, or the first partition's error.
    private func offsets(
        _ times: [TopicPartition: Int64], _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for (partition, answer) in try answers(times, deadline) { offsets[partition] = try answer.get() }
        return offsets
    }

    /// - Parameter times: milliseconds since 1970, or the library's numbers for the ends.
    private func answers(
        _ times: [TopicPartition: Int64], _ deadline: Deadline
    ) throws(KafkaError) -> [TopicPartition: Result<Int64, KafkaError>] {
        guard !times.isEmpty else { return [:] }
        let list = PartitionList(times, naming)
        let code = rd_kafka_offsets_for_times(handle, list.pointer, max(1, deadline.millisecondsLeft))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw explained(code, "offsets of partitions") }
        var answers: [TopicPartition: Result<Int64, KafkaError>] = [:]
        for element in list.pointer.elements {
            let partition = element.topicPartition(naming)
            let error = KafkaError(element.err, "offsets of \(partition)")
            answers[partition] = error.map { .failure($0) } ?? .success(element.offset)
        }
        return answers
    }
}
