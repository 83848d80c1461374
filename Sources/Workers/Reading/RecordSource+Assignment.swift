import Glibc
package import Invalidations
import Kafka
import Runtime

// Which partitions are ours, and where reading them begins.
extension RecordSource {
    /// For one look-up while a group waits, …
    static let offsetTimeout = Duration.seconds(10)
    /// … which is tried several times, because a group often rebalances just while a broker is away.
    private static let tries = 6

    /// - Parameter distrusting: partitions whose logs were seen to go back.
    func acceptAssignment(
        _ list: [TopicPartition], distrusting: [SourcePartition: Int64?] = [:], _ body: (Event) -> Void
    ) throws {
        try CoPartitioning.check(list, of: topics)
        var counts: [String: Int] = [:]
        if !list.isEmpty {
            counts = try patiently("the topics") { try consumer.partitionCounts(timeout: Self.offsetTimeout) }
            try CoPartitioning.check(counts, of: topics)
        }
        let committed = try patiently("committed offsets") {
            try consumer.committed(list, timeout: Self.offsetTimeout)
        }
        let begun = try begin(committed, distrusting)
        setPartitions(begun.map(\.partition))
        if !list.isEmpty, let group = observer?.describe(configuration.group) { body(.joined(group)) }
        let inAll = counts[topics.names[0]]
        log.info("assigned", ["partitions": partitions.count, "of": (inAll ?? 0) * topics.names.count])
        body(
            .assigned(
                begun.map { begun in
                    var assigned = begun.assigned
                    assigned.topicPartitions = inAll
                    return assigned
                }))
        try readAnew()
    }

    /// Gives all partitions up, and takes them again from what the group committed: what was read of a log that went
    /// back is held against what it holds now.
    func beginAnew(_ body: (Event) -> Void) throws {
        let list = partitions.map { topics[$0.source] }
        let suspects = distrusted
        log.error("a log went back while it was read; all partitions begin anew", ["partitions": suspects.count])
        commitWay = .atOnce
        body(.revoked(partitions.map(\.source)))
        commitWay = .inPassing
        setPartitions([])
        uncommitted = [:]
        try acceptAssignment(list, distrusting: suspects, body)
    }

    func revoke(_ list: [TopicPartition], isLost: Bool, _ body: (Event) -> Void) throws {
        log.info(isLost ? "partitions lost" : "partitions revoked", ["partitions": list.count])
        // Of lost partitions nothing can be committed: somebody else may be ahead of us.
        commitWay = isLost ? .not : .atOnce
        body(.revoked(partitions.map(\.source)))
        commitWay = .inPassing
        setPartitions([])
        uncommitted = [:]
        // A worker that leaves answers it by leaving.
        if !isLeaving { try consumer.acceptRevocation() }
    }

    /// The partition will be read again from that offset on. The others go on where they are.
    package func reread(_ source: SourcePartition, from offset: Int64) {
        guard let index = indices[source] else { return }
        partitions[index].next = offset
        rewound.insert(source)
    }

    /// Reads every partition from where it stands, and forgets what was fetched of it and not handed out.
    ///
    /// Assigning anew is what the library does reliably; its seek works with wrong time-outs and leaves records behind.
    func readAnew() throws {
        rewound = []
        order.begin()
        try consumer.assignPartitions(partitions.map { TopicPartitionOffset(topics[$0.source], .at($0.next)) })
    }

    /// The place to read from is gone. If retention took records that nobody had read, that cannot be mended here, only
    /// said in the log; what is still there is read. Otherwise the log went back.
    func recover(_ index: Int, from error: KafkaError) throws {
        guard error.code == .offsetOutOfRange || error.code == .noStartOffset else {
            return log.warning("kafka", ["kafka.error": error])
        }
        let partition = topics[partitions[index].source]
        let marks = try patiently("the ends of \(partition)") {
            try consumer.watermarks(of: [partition], timeout: Self.offsetTimeout)[partition]
        }
        guard let marks else { return }
        guard partitions[index].next < marks.low else {
            distrusted[partitions[index].source] = .some(nil)
            return
        }
        tell(.deletedUnread(from: partitions[index].next, to: marks.low), partition)
        partitions[index].next = marks.low
        try readAnew()
    }

    private func tell(_ fault: StartingPoint.Fault, _ partition: TopicPartition) {
        var fields: LogFields = ["kafka.partition": partition]
        for (name, value) in fault.numbers { fields.merge([name: value]) }
        log.error(fault.message, fields)
        if case .deletedUnread = fault { return }
        onLogGoneBack?()
    }

    private func setPartitions(_ list: [Partition]) {
        partitions = list
        indices = Dictionary(list.enumerated().map { ($1.source, $0) }) { $1 }
        order = ReadingOrder(list.map(\.source), weights: weights)
        rewound = []
        distrusted = [:]
        assignmentNumber += 1
    }

    /// Replays and retries are read like the least urgent invalidations: nobody waits for them.
    private var weights: [Double] {
        let weights = configuration.core.priorityWeights.map { Double(max(1, $0)) }
        return weights + topics.names.dropFirst(weights.count).map { _ in weights.min() ?? 1 }
    }

    /// Holds what was committed against the logs.
    private func begin(
        _ committed: [CommittedOffset], _ distrusted: [SourcePartition: Int64?]
    ) throws -> [(partition: Partition, assigned: AssignedPartition)] {
        let list = committed.map(\.partition)
        let marks = try patiently("where partitions begin and end") {
            try consumer.watermarks(of: list, timeout: Self.offsetTimeout)
        }
        let metadata = Dictionary(committed.map { ($0.partition, CommitMetadata(text: $0.metadata)) }) { $1 }
        let newest = metadata.compactMapValues(\.mark)
        let (thanNewest, thanAnchor) = try patiently("what is new in partitions") {
            (
                try consumer.offsets(newerThan: newest.mapValues(\.newest), timeout: Self.offsetTimeout),
                try consumer.offsets(newerThan: newest.mapValues(\.anchor.time), timeout: Self.offsetTimeout)
            )
        }
        let begun = committed.compactMap { committed -> (partition: Partition, assigned: AssignedPartition)? in
            let partition = committed.partition
            guard let source = topics.source(of: partition), let marks = marks[partition],
                let metadata = metadata[partition]
            else { return nil }
            var newer = StartingPoint.Newer()
            (newer.thanNewest, newer.thanAnchor) = (thanNewest[partition], thanAnchor[partition])
            if let from = distrusted[source] { (newer.isSuspect, newer.suspectFrom) = (true, from) }
            let start = StartingPoint(committed: committed.offset, metadata: metadata, marks: marks, newer: newer)
            if let fault = start.fault { tell(fault, partition) }
            var assigned = AssignedPartition(source, next: start.next, metadata: start.completed)
            assigned.isAnew = start.fault?.isOfAnotherLog ?? false
            if source.tier != nil, !configuration.core.strictNamespaces.isEmpty {
                assigned.end = max(start.next, marks.high)
            }
            return (
                Partition(source: source, next: start.next, mark: start.mark), assigned
            )
        }
        return begun.sorted {
            ($0.partition.source.topic, $0.partition.source.partition)
                < ($1.partition.source.topic, $1.partition.source.partition)
        }
    }

    private func patiently<R>(_ what: String, _ body: () throws -> R) throws -> R {
        for attempt in 1... {
            do {
                return try body()
            } catch {
                guard attempt < Self.tries else { throw error }
                log.warning("cannot look up \(what), trying again", ["kafka.error": "\(error)"])
                // The library keeps asking a leader that was one once, unless it is made to look.
                let pause = Duration.milliseconds(100 << min(attempt, 5))
                try? consumer.warmUp(timeout: pause)
                usleep(UInt32(pause / .microseconds(1)))
            }
        }
        preconditionFailure("the last attempt returns or throws")
    }
}
