internal import Invalidations
internal import Kafka
internal import TopicCatalogue
internal import Workers

// What workers read of the simulated log.
extension World {
    /// The record as the real decoder reads it from its bytes.
    func decode(_ record: LogRecord, for worker: SimulatedWorker) -> IncomingRecord {
        decode(
            record.original, headers: record.headers, at: record.offset, of: record.source, record.brokerTime,
            now: worker.wall(now))
    }

    func decode(
        _ original: OriginalRecord, headers: [RecordHeader], at offset: Int64, of source: SourcePartition,
        _ time: Int64, now: Timestamp
    ) -> IncomingRecord {
        withBytes(original.key) { key in
            withBytes(original.value) { value in
                decoder.decode(
                    RecordDecoder.Fetched(offset: offset, timestamp: time, key: key, value: value, headers: headers),
                    from: source, now: now)
            }
        }
    }

    private func withBytes<R>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }

    /// The record that stands there now; nil where the log went back since.
    func record(at position: RecordPosition) -> LogRecord? {
        let partition = log.partitions[log.index(position.source)]
        let slot = partition.slot(of: position.offset)
        guard slot < partition.records.count, partition.records[slot].offset == position.offset else { return nil }
        return partition.records[slot]
    }

    /// How many partitions each topic has.
    var partitionCounts: [String: Int] {
        Dictionary(uniqueKeysWithValues: topics.all.map { ($0, scenario.partitions) })
    }

    /// By partition, the first offset whose record is newer than that.
    func offsets(newerThan times: [TopicPartition: Int64]) -> [TopicPartition: Int64] {
        var offsets: [TopicPartition: Int64] = [:]
        for (partition, time) in times {
            guard let source = topics.source(of: partition) else { continue }
            let log = log.partitions[log.index(source)]
            let slot = log.slot(newerThan: time)
            if slot < log.records.count { offsets[partition] = log.records[slot].offset }
        }
        return offsets
    }
}
