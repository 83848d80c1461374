import CKafka
import Kafka
import TestSupport
import Testing

/// Writes records of any time, in transactions if asked to, and removes records.
final class TimedWriter {
    private let handle: OpaquePointer
    private let topic: TestTopic
    private static let wait: Int32 = 30_000

    /// - Parameter transactions: the name of a transactional writer; nil for one without transactions.
    init(_ topic: TestTopic, transactions: String? = nil) throws {
        self.topic = topic
        let settings = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        var values = ["bootstrap.servers": topic.configuration.brokers.joined(separator: ","), "log_level": "3"]
        values["linger.ms"] = "0"
        // Retries keep the order.
        values["enable.idempotence"] = "true"
        values["transactional.id"] = transactions
        for (key, value) in values {
            try #require(rd_kafka_conf_set(settings, key, value, &text, text.count) == RD_KAFKA_CONF_OK)
        }
        handle = try #require(rd_kafka_new(RD_KAFKA_PRODUCER, settings, &text, text.count))
        if transactions != nil { try require(rd_kafka_init_transactions(handle, Self.wait)) }
    }

    deinit { rd_kafka_destroy(handle) }

    /// Writes one record for each time, and waits until all are stored.
    func write(_ partition: Int32, times: [Int64], bytes: Int = 1) throws {
        let value = [UInt8](repeating: 7, count: bytes)
        for time in times {
            try topic.name.withCString { topic in
                try value.withUnsafeBytes { value in
                    var parts = (0..<5).map { _ in rd_kafka_vu_t() }
                    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC
                    parts[0].u.cstr = topic
                    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION
                    parts[1].u.i32 = partition
                    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    parts[2].u.i = Int32(RD_KAFKA_MSG_F_COPY)
                    parts[3].vtype = RD_KAFKA_VTYPE_TIMESTAMP
                    parts[3].u.i64 = time
                    parts[4].vtype = RD_KAFKA_VTYPE_VALUE
                    parts[4].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                    parts[4].u.mem.size = value.count
                    try require(rd_kafka_produceva(handle, &parts, parts.count))
                }
            }
        }
        try #require(rd_kafka_flush(handle, Self.wait) == RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    func begin() throws { try require(rd_kafka_begin_transaction(handle)) }
    func commit() throws { try require(rd_kafka_commit_transaction(handle, Self.wait)) }
    func abort() throws { try require(rd_kafka_abort_transaction(handle, Self.wait)) }

    /// Writes a transaction of its own, and waits until the control record behind it is written: that comes later than
    /// the answer to the writer.
    func transaction(_ partition: Int32, times: [Int64], isAborted: Bool) throws {
        let partition = TopicPartition(topic.name, partition)
        let admin = try KafkaAdmin(topic.configuration)
        let end = try admin.watermarks(of: partition).high + Int64(times.count) + 1
        try begin()
        try write(partition.partition, times: times)
        if isAborted { try abort() } else { try commit() }
        try eventually("the control record") { try admin.watermarks(of: partition).high == end }
    }

    /// Removes all records before this offset, as retention does.
    func remove(_ partition: Int32, before offset: Int64) throws {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, topic.name, partition).pointee.offset = offset
        var request = rd_kafka_DeleteRecords_new(list)
        defer { rd_kafka_DeleteRecords_destroy(request) }
        let answers = rd_kafka_queue_new(handle)
        defer { rd_kafka_queue_destroy(answers) }
        rd_kafka_DeleteRecords(handle, &request, 1, nil, answers)
        let event = try #require(rd_kafka_queue_poll(answers, Self.wait))
        defer { rd_kafka_event_destroy(event) }
        try #require(rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
        let offsets = try #require(rd_kafka_DeleteRecords_result_offsets(event))
        try #require(offsets.pointee.elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    private func require(_ error: OpaquePointer?) throws {
        guard let error else { return }
        defer { rd_kafka_error_destroy(error) }
        throw EventuallyFailed(description: String(cString: rd_kafka_error_string(error)))
    }
}
