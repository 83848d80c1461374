internal import CKafka
internal import Glibc

/// Owns a list of partitions in the library's form.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) {
        pointer = rd_kafka_topic_partition_list_new(Int32(capacity))
    }

    init(_ partitions: [TopicPartition], _ naming: TopicNaming) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition, naming) }
    }

    init(_ offsets: [TopicPartitionOffset], _ naming: TopicNaming) {
        self.init(capacity: offsets.count)
        for offset in offsets { add(offset.partition, naming).pointee.offset = offset.start.native }
    }

    /// Times, or the library's numbers for a partition's ends, in place of offsets.
    init(_ times: [TopicPartition: Int64], _ naming: TopicNaming) {
        self.init(capacity: times.count)
        for (partition, time) in times { add(partition, naming).pointee.offset = time }
    }

    init(_ offsets: [CommitOffset], _ naming: TopicNaming) {
        self.init(capacity: offsets.count)
        for offset in offsets {
            let element = add(offset.partition, naming)
            element.pointee.offset = offset.offset
            guard !offset.metadata.isEmpty else { continue }
            // The list frees it with the library's allocator, which is malloc's.
            element.pointee.metadata = UnsafeMutableRawPointer(strdup(offset.metadata))
            element.pointee.metadata_size = offset.metadata.utf8.count
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    @discardableResult
    private func add(
        _ partition: TopicPartition, _ naming: TopicNaming
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_t> {
        rd_kafka_topic_partition_list_add(pointer, naming.onCluster(partition.topic), partition.partition)
    }
}

extension UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
    /// The elements; valid as long as the list.
    var elements: UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: pointee.elems, count: Int(pointee.cnt))
    }
}

extension rd_kafka_topic_partition_t {
    /// Only topics that were asked for by their short names come back.
    func topicPartition(_ naming: TopicNaming) -> TopicPartition {
        let name = String(cString: topic)
        return TopicPartition(naming.own(name) ?? name, partition)
    }

    /// Metadata is bytes of any client: what is no text shows as replacement characters.
    var metadataText: String {
        guard let metadata else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: metadata, count: metadata_size), as: UTF8.self)
    }
}

extension TopicPartitionOffset.Start {
    fileprivate var native: Int64 {
        switch self {
        case .committed: Int64(RD_KAFKA_OFFSET_STORED)
        case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .end: Int64(RD_KAFKA_OFFSET_END)
        case .at(let offset): offset
        }
    }
}
