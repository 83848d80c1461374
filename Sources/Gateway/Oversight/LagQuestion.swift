internal import Invalidations
internal import Kafka
internal import Synchronization
internal import TopicCatalogue
internal import Views

/// Asks Kafka how far the workers' group and the view are behind, partition by partition.
final class LagQuestion: Sendable {
    /// How far one reader is in one partition.
    struct Position: Sendable {
        let partition: TopicPartition
        /// The next record to read; nil where nothing was committed.
        let committed: Int64?
        let end: Int64
        /// What retention has removed does not wait.
        let records: Int64
        /// When the oldest that waits was written; nil where none waits, or it could not be read in time.
        var oldest: Timestamp?
        /// The member of the group that reads it, by its client id and host; nil where nobody does, or it is not known.
        var owner: GroupDescription.Member?
    }

    struct Answer: Sendable {
        var workers: [Position]
        var view: [Position]
        let askedAt: Timestamp
    }

    private static let timeout = Duration.seconds(5)
    /// Each of a few that look at the same time gets the same answer.
    private static let lifetime: Int64 = 2_000
    private static let memoryMax = 8 << 20

    let group: String?
    private let kafka: KafkaConfiguration
    private let last = Mutex<Answer?>(nil)

    init(_ kafka: KafkaConfiguration, group: String?) {
        (self.kafka, self.group) = (kafka, group)
    }

    /// Waits for Kafka.
    ///
    /// - Parameter marks: how far the view is.
    func ask(view marks: [PartitionWatermark]) throws(KafkaError) -> Answer {
        let now = Timestamp.now()
        if let known = last.withLock({ $0 }), now < known.askedAt + Self.lifetime, known.askedAt <= now { return known }
        let consumer = try KafkaConsumer(kafka, ConsumerTuning(group: group))
        defer { _ = consumer.close(deadline: .seconds(1)) }
        let counts = try consumer.partitionCounts(timeout: Self.timeout)
        let read = (TopicName.invalidations + [TopicName.replays]).flatMap { topic in
            (0..<(counts[topic] ?? 0)).map { TopicPartition(topic, Int32(clamping: $0)) }
        }
        let folded = Dictionary(marks.map { (TopicPartition($0.topic, $0.partition), $0.nextOffset) }) { first, _ in
            first
        }.filter { Int($0.key.partition) < counts[$0.key.topic] ?? 0 }
        let all = Array(Set(read).union(folded.keys)).sorted()
        let ends = try consumer.ends(of: all, timeout: Self.timeout)
        let begins = try consumer.beginnings(of: all, timeout: Self.timeout)
        var committed: [TopicPartition: Int64] = [:]
        if group != nil {
            for offset in try consumer.committed(read, timeout: Self.timeout) {
                committed[offset.partition] = offset.offset
            }
        }
        func positions(_ partitions: [TopicPartition], _ offsets: [TopicPartition: Int64]) -> [Position] {
            partitions.map { partition in
                let end = ends[partition] ?? 0
                let next = max(begins[partition] ?? 0, offsets[partition] ?? 0)
                return Position(
                    partition: partition, committed: offsets[partition], end: end, records: max(0, end - next))
            }
        }
        var answer = Answer(
            workers: group == nil ? [] : positions(read, committed), view: positions(folded.keys.sorted(), folded),
            askedAt: now)
        answer.workers = addingOwners(addingOldest(answer.workers))
        answer.view = addingOldest(answer.view)
        last.withLock { $0 = answer }
        return answer
    }

    /// Without those where Kafka does not say: who may read offsets may perhaps not describe groups.
    private func addingOwners(_ positions: [Position]) -> [Position] {
        guard let group, let members = try? KafkaAdmin(kafka).describeGroup(group, timeout: Self.timeout).members else {
            return positions
        }
        let owners = Dictionary(members.flatMap { member in member.partitions.map { ($0, member) } }) { $1 }
        return positions.map { position in
            var position = position
            position.owner = owners[position.partition]
            return position
        }
    }

    /// Reads the first record that waits in each partition, as far as they come within a moment.
    private func addingOldest(_ positions: [Position]) -> [Position] {
        let ranges = positions.filter { $0.records > 0 }.map { LogRange($0.partition, from: $0.first, to: $0.end) }
        guard !ranges.isEmpty, let reader = try? LogRangeReader(kafka, ranges, memoryMax: Self.memoryMax) else {
            return positions
        }
        defer { reader.close(deadline: .seconds(1)) }
        let deadline = ContinuousClock.now + .seconds(2)
        var times: [TopicPartition: Int64] = [:]
        while times.count < ranges.count, ContinuousClock.now < deadline {
            let progress = try? reader.read(max: 1_000, timeout: .milliseconds(200)) { record in
                guard times[record.partition] == nil, let time = record.timestamp else { return }
                times[record.partition] = time
            }
            guard let progress, !progress.isComplete else { break }
        }
        return positions.map { position in
            var position = position
            position.oldest = times[position.partition].map { Timestamp(milliseconds: $0) }
            return position
        }
    }
}

extension LagQuestion.Position {
    /// The first record that waits.
    fileprivate var first: Int64 { end - records }
}
