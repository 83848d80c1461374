package import Invalidations
import Kafka
import Runtime

// Which partitions are ours, and where reading them begins.
extension RecordSource {
    /// For one look-up while a group waits, …
    static let offsetTimeout = Duration.seconds(10)
    /// … which is tried several times, because a group often rebalances just while a broker is away.
    private static let tries = 6

    func assign(_ list: [TopicPartition], _ body: (Event) -> Void) throws {
        try CoPartitioning.check(list, of: topics)
        if !list.isEmpty {
            try CoPartitioning.check(
                patiently("the topics") { try consumer.partitionCounts(timeout: Self.offsetTimeout) }, of: topics)
        }
        let committed = try patiently("committed offsets") {
            try consumer.committed(list, timeout: Self.offsetTimeout)
        }
        let assigned = try committed.compactMap { try begin($0) }.sorted {
            ($0.source.topic, $0.source.partition) < ($1.source.topic, $1.source.partition)
        }
        // A group that never committed begins with the oldest record: skipping any would lose a purge.
        let known = Set(committed.filter { $0.offset != nil }.compactMap { topics.source(of: $0.partition) })
        setPartitions(
            assigned.map { partition in
                let isKnown = known.contains(partition.source) || partition.end != nil
                return Partition(source: partition.source, next: isKnown ? .at(partition.next) : .beginning)
            })
        log.info("assigned", ["partitions": partitions.count])
        body(.assigned(assigned))
        try readAnew()
    }

    func revoke(_ list: [TopicPartition], isLost: Bool, _ body: (Event) -> Void) throws {
        log.info(isLost ? "partitions lost" : "partitions revoked", ["partitions": list.count])
        // Of lost partitions nothing can be committed: somebody else may be ahead of us.
        commitWay = isLost ? .not : .atOnce
        body(.revoked(partitions.map(\.source)))
        commitWay = .inPassing
        setPartitions([])
        uncommitted = [:]
        // Whoever leaves answers it by leaving.
        if !isLeaving { try consumer.acceptRevocation() }
    }

    /// The partition will be read again from that offset on. The others go on where they are.
    package func reread(_ source: SourcePartition, from offset: Int64) {
        guard let place = partitions.firstIndex(where: { $0.source == source }) else { return }
        partitions[place].next = .at(offset)
        rewound.insert(source)
    }

    /// Reads every partition from where it stands, and forgets what was fetched of it and not handed out.
    ///
    /// Assigning anew is what the library does reliably; its seek works with wrong time-outs and leaves records behind.
    func readAnew() throws {
        rewound = []
        order.begin()
        try consumer.acceptAssignment(partitions.map { TopicPartitionOffset(topics[$0.source], $0.next) })
    }

    /// The place to read from is gone: retention took records that nobody had read. That cannot be mended here,
    /// only said aloud; what is still there is read.
    func recover(_ place: Int, from error: KafkaError) throws {
        guard error.code == .offsetOutOfRange || error.code == .noStartOffset else {
            return log.warning("kafka", ["kafka.error": error])
        }
        log.error(
            "records were deleted before they were read: raise the topic's retention or add workers",
            ["kafka.partition": topics[partitions[place].source], "kafka.error": error])
        partitions[place].next = .beginning
        try readAnew()
    }

    private func setPartitions(_ list: [Partition]) {
        partitions = list
        order = ReadingOrder(list.map(\.source), weights: weights)
        rewound = []
    }

    /// Retry topics are read like the least urgent one: much of theirs is not due yet.
    private var weights: [Double] {
        let weights = configuration.core.priorityWeights.map { Double(max(1, $0)) }
        return weights + topics.retries.map { _ in weights.min() ?? 1 }
    }

    private func begin(_ committed: CommittedOffset) throws -> AssignedPartition? {
        guard let source = topics.source(of: committed.partition) else { return nil }
        var assigned = AssignedPartition(
            source, next: committed.offset ?? 0, metadata: committed.metadata.isEmpty ? nil : committed.metadata)
        if source.tier != nil, !configuration.core.strictNamespaces.isEmpty {
            let marks = try patiently("the end of \(committed.partition)") {
                try consumer.watermarks(of: committed.partition, timeout: Self.offsetTimeout)
            }
            if marks.low > assigned.next {
                // What retention has taken will not come, and must not be waited for. The metadata speaks of it.
                assigned.next = marks.low
                assigned.metadata = nil
            }
            assigned.end = max(assigned.next, marks.high)
        }
        return assigned
    }

    private func patiently<R>(_ what: String, _ body: () throws -> R) throws -> R {
        for attempt in 1... {
            do {
                return try body()
            } catch {
                guard attempt < Self.tries else { throw error }
                log.warning("cannot look up \(what), trying again", ["kafka.error": "\(error)"])
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }
}
