internal import Invalidations
internal import Kafka
internal import Runtime

/// Source of a view: reads its topics partition by partition, from where the view stands.
final class ProjectionSource {
    let partitions: [TopicPartition]
    private let requestTimeout: Duration
    private let consumer: KafkaConsumer
    private let decoder: ProjectionDecoder
    private let log: Log
    /// The partition that the next read begins with.
    private var turn = 0
    private var hinted: [TopicPartition: Int64] = [:]

    /// Asks the brokers for the topics' partitions.
    init(_ configuration: ProjectorConfiguration, wake: WakePipe, log: Log, metrics: ProjectorMetrics) throws {
        requestTimeout = configuration.requestTimeout
        self.log = log
        decoder = ProjectionDecoder(configuration.topics, log: log, metrics: metrics)
        partitions = try Self.partitions(of: configuration)
        var tuning = ConsumerTuning(group: configuration.group)
        // A view is written by one thread, whatever the partitions. A record takes some 700 bytes beside its own, and
        // one answer comes on top of a queue that is almost full, five times as large once it is decompressed.
        tuning.queuedRecordsMin = 6_000
        tuning.queuedKilobytesMax = 640
        tuning.fetchBytesMax = 32_768
        tuning.statisticsInterval = .zero
        consumer = try KafkaConsumer(configuration.kafka, tuning)
        consumer.wake(on: wake.writeDescriptor)
    }

    /// By topic, how many partitions it has.
    var partitionCounts: [String: Int] {
        Dictionary(grouping: partitions, by: \.topic).mapValues(\.count)
    }

    /// Begins to read each partition where the view stands, or where the partition begins if that is later.
    ///
    /// - Parameter batch: is told of records that are no longer there.
    func startReading(at folded: [TopicPartition: Int64], into batch: inout ProjectionBatch) throws {
        let beginnings = try consumer.beginnings(of: partitions, timeout: requestTimeout)
        let ends = try consumer.ends(of: partitions, timeout: requestTimeout)
        var starts: [TopicPartitionOffset] = []
        for partition in partitions {
            let position = folded[partition] ?? 0
            guard let low = beginnings[partition], let high = ends[partition] else { continue }
            guard position <= high else { throw ViewError.recreated(partition, folded: position, end: high) }
            if position < low {
                // A new view begins with what there is. An old one has missed something, and can only go on.
                if position > 0 { warn(missed: low - position, partition) }
                batch.skip(partition, to: low)
            }
            starts.append(TopicPartitionOffset(partition, .at(max(position, low))))
        }
        try consumer.assignPartitions(starts)
    }

    /// Takes waiting records, a share of each partition in turn, until there are none or the batch is full.
    ///
    /// - Returns: how many records were taken; 0 if none is waiting, and the pipe tells when some are.
    func read(into batch: inout ProjectionBatch, max: Int, edgesMax: Int) throws -> Int {
        try takeEvents()
        let before = batch.count
        let share = Swift.max(1, max / partitions.count)
        var idle = 0
        while batch.count < max && batch.edgeCount < edgesMax && idle < partitions.count {
            let partition = partitions[turn]
            turn = (turn + 1) % partitions.count
            let drained = try consumer.records(of: partition, max: min(share, max - batch.count)) {
                decoder.add($0, from: partition, to: &batch)
            }
            idle = drained.count == 0 ? idle + 1 : 0
        }
        return batch.count - before
    }

    /// Commits how far the view is, for those who watch the group's lag. The view itself never reads it.
    ///
    /// - Parameter isLast: waits for the answer, for a moment.
    func commitHint(_ nextOffsets: [TopicPartition: Int64], isLast: Bool = false) {
        let offsets = nextOffsets.filter { isLast || hinted[$0.key] != $0.value }
            .map { CommitOffset($0.key, offset: $0.value) }
        do {
            if isLast {
                try consumer.commitSync(offsets, timeout: .milliseconds(500))
            } else {
                try consumer.commit(offsets)
            }
            hinted = nextOffsets
        } catch {
            log.debug("the lag hint was not committed", ["error": "\(error)"])
        }
    }

    /// Says goodbye to the brokers, for two seconds at most.
    func close() {
        if !consumer.close(deadline: .seconds(2)) { log.warning("the consumer did not close in time") }
    }

    private static func partitions(of configuration: ProjectorConfiguration) throws -> [TopicPartition] {
        let cluster = try KafkaAdmin(configuration.kafka).metadata(timeout: configuration.requestTimeout)
        return try configuration.topics.all.flatMap { name in
            let topic = cluster.topic(name)
            if let error = topic?.error { throw error }
            guard let topic, !topic.partitions.isEmpty else {
                throw KafkaError.failed(
                    .unknownTopicOrPartition, "the topic \(name) does not exist: run `cachesync topics apply`")
            }
            return topic.partitions.map { TopicPartition(name, $0.id) }
        }
    }

    private func takeEvents() throws {
        var fatal: KafkaError?
        consumer.poll(max: 1_000) { event in
            switch event {
            case .fatal(let error): fatal = error
            case .error(let error): log.warning("Kafka has a problem", ["error": "\(error)"])
            case .log(let line):
                log.log(line.level <= 4 ? .warning : .debug, line.message, ["kafka.facility": line.facility])
            case .committed(let results):
                if let error = results.lazy.compactMap(\.error).first {
                    log.debug("the lag hint was not committed", ["error": "\(error)"])
                }
            case .assigned, .revoked, .endOfPartition, .statistics: break
            }
        }
        if let fatal { throw fatal }
    }

    private func warn(missed count: Int64, _ partition: TopicPartition) {
        log.warning(
            "records were removed from the topic before they were folded: the view has missed them",
            ["kafka.topic": partition.topic, "kafka.partition": partition.partition, "records": count])
    }
}
