internal import Invalidations
internal import Kafka
internal import Replays
internal import TopicCatalogue
internal import Views
internal import Workers

/// Source of a run: decides about each record that the run reads, and says how it is published once more.
final class RunSource {
    private let run: String
    private let order: RunOrder
    private let view: ViewReader
    private let topics: SourceTopics
    private let decoder: RecordDecoder
    private let filter: ReplayFilter
    private let redrive: RedriveRule
    let profiles: [String: EdgeProfile]
    /// Nil where nobody asks what later requests have purged.
    private var superseded: SupersededRule?

    /// - Throws: `RunError.invalid`
    init(
        _ run: String, _ order: RunOrder, view: ViewReader, topics: SourceTopics, profiles: [EdgeProfile]
    ) throws(RunError) {
        self.run = run
        self.order = order
        self.view = view
        self.topics = topics
        decoder = RecordDecoder(topics)
        filter = try order.spec.filter()
        redrive = try RedriveRule(order.spec)
        self.profiles = Dictionary(profiles.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Reads on in a search, if there is one: what it has found counts once it is complete, and then it is closed.
    func advance(_ search: inout SupersededSearch?) throws -> RunReading {
        guard let running = search else { return RunReading(isComplete: true) }
        let reading = try running.step()
        if reading.isComplete {
            superseded = running.rule
            running.close()
            search = nil
        }
        return reading
    }

    /// - Returns: with the decision the dead letter, where the record is one.
    /// - Throws: `StorageError`
    func decide(
        _ record: borrowing KafkaRecord, now: Timestamp
    ) throws -> (decision: RunDecision<ReplayedRecord>, deadLetter: DeadLetterEntry?) {
        guard record.partition.topic == TopicName.dead else { return (try decideRequest(record, now), nil) }
        let headers = record.headers
        guard let deadLetter = DeadLetterEntry(record, headers) else { return (.notMatched, nil) }
        return (try decide(on: deadLetter, record, headers, now), deadLetter)
    }

    // MARK: - Dead letters

    private func decide(
        on deadLetter: DeadLetterEntry, _ record: borrowing KafkaRecord, _ headers: [KafkaHeader], _ now: Timestamp
    ) throws -> RunDecision<ReplayedRecord> {
        let partition = deadLetter.partition
        guard let origin = RetryHeaders.position(deadLetter.origin, topics), origin.source.partition == partition
        else { return .notMatched }
        let read = incoming(
            record, headers, from: SourcePartition(topic: SourcePartition.replayTopic, partition: partition))
        var invalidation = try? read.content.get()
        if let time = text("cs-requested-at", headers).flatMap({ Timestamp($0) }) { invalidation?.requestedAt = time }
        if let invalidation, isExpired(invalidation, now) {
            return redrive.matches(deadLetter, invalidation) ? .expired : .notMatched
        }
        // The view may not have come to it: then nobody has tried it again.
        let known = try view.deadLetter(partition: partition, offset: deadLetter.offset)
        let openness =
            known.map { DeadLetterOpenness(isOpen: $0.isOpen, edges: $0.openEdges) } ?? deadLetter.openness(by: nil)
        switch redrive.verdict(on: deadLetter, invalidation, openness: openness) {
        case .notMatched: return .notMatched
        case .done: return .done
        case .quarantined: return .quarantined
        case .redrive(let edges):
            let replay = Replay(
                run: run, generation: deadLetter.generation &+ 1, redrives: deadLetter.redrives + 1, replayedAt: now,
                statusID: deadLetter.statusID)
            return .publish(
                ReplayedRecord(
                    metadata: RetryMetadata(replaying: origin, edges: edges, replay), invalidation: invalidation,
                    original: OriginalRecord(
                        key: read.original.key, value: read.original.value,
                        headers: DeadLetterHeaders.stripped(read.original.headers)),
                    identity: deadLetter.identity))
        }
    }

    // MARK: - Requests

    private func decideRequest(_ record: borrowing KafkaRecord, _ now: Timestamp) throws -> RunDecision<ReplayedRecord>
    {
        let (partition, offset) = (record.partition, record.offset)
        guard let source = topics.source(of: partition) else { return .notMatched }
        let read = incoming(record, record.headers, from: source)
        guard var invalidation = try? read.content.get(), invalidation.cancels == nil, filter.matches(invalidation)
        else { return .notMatched }
        guard !isExpired(invalidation, now) else { return .expired }
        let identity = RequestIdentity(id: invalidation.id, namespace: invalidation.namespace)
        let row = try row(identity)
        // What was called off stays so.
        if let row, !row.cells.isEmpty, row.cells.allSatisfy({ $0.state == .cancelled }) { return .done }
        let choice = choice(invalidation, row)
        guard let choice else { return .done }
        let isSuperseded =
            try superseded?.supersedes(invalidation, record, edges: targets(choice, invalidation), view) ?? false
        if isSuperseded, order.spec.skipsSuperseded { return .superseded }
        if let content = order.spec.contentFrom, content.time <= order.at.time {
            // The content came back after the purges that are known: only those that start now prove anything.
            invalidation.requestedAt = order.at.time
        }
        let id = ReplayStatusID.make(run: run, topic: partition.topic, partition: partition.partition, offset: offset)
        let replay = Replay(
            run: run, generation: choice.generation, replayedAt: now,
            statusID: choice.generation == 0 ? id : nil)
        let told = choice.generation == 0 ? RequestIdentity(id: id, namespace: invalidation.namespace) : identity
        return .publish(
            ReplayedRecord(
                metadata: RetryMetadata(
                    replaying: RecordPosition(source: source, offset: offset), edges: choice.edges, replay),
                invalidation: invalidation, original: read.original, identity: told, isSuperseded: isSuperseded))
    }

    /// For which edges, and in which generation of the request's own status; 0 is a status of the replay's own.
    private func choice(_ invalidation: Invalidation, _ row: StatusRecord?) -> (edges: [String], generation: UInt32)? {
        let wanted = order.spec.edges.map { $0.filter { serves($0, invalidation) } }
        switch order.spec.only ?? .all {
        case .all:
            if let wanted, wanted.isEmpty { return nil }
            return (wanted ?? [], 0)
        case .missing:
            let all = wanted ?? profiles.values.filter { serves($0.name, invalidation) }.map(\.name).sorted()
            let missing = all.filter { edge in !(row?.edges.contains(edge) ?? false) }
            return missing.isEmpty ? nil : (missing, 0)
        case .failed:
            guard let row else { return nil }
            let failed = zip(row.edges, row.cells).filter { edge, cell in
                cell.state == .dead && wanted?.contains(edge) ?? true
            }
            guard let latest = failed.map(\.1.generation).max() else { return nil }
            return (failed.map(\.0), latest &+ 1)
        }
    }

    /// The names of the edges that a choice means.
    private func targets(_ choice: (edges: [String], generation: UInt32), _ invalidation: Invalidation) -> [String] {
        guard choice.edges.isEmpty else { return choice.edges }
        return profiles.keys.filter { serves($0, invalidation) }
    }

    /// What a record of an invalidation topic asks for; nil where it asks for nothing that can be purged.
    func invalidation(_ record: borrowing KafkaRecord) -> Invalidation? {
        guard let source = topics.source(of: record.partition) else { return nil }
        guard let read = try? incoming(record, record.headers, from: source).content.get(), read.cancels == nil else {
            return nil
        }
        return read
    }

    /// Edges that are not configured here are taken at their word.
    private func serves(_ edge: String, _ invalidation: Invalidation) -> Bool {
        guard let profile = profiles[edge] else { return true }
        return profile.serves(invalidation.namespace) && profile.isTarget(of: invalidation.selectors)
    }

    // MARK: - Records

    private func isExpired(_ invalidation: Invalidation, _ now: Timestamp) -> Bool {
        invalidation.expiresAt.map { $0 <= now } ?? false
    }

    private func row(_ identity: RequestIdentity) throws -> StatusRecord? {
        guard case .found(let record, _) = try view.lookup(identity.id, in: identity.namespace) else { return nil }
        return record
    }

    private func incoming(
        _ record: borrowing KafkaRecord, _ headers: [KafkaHeader], from source: SourcePartition
    ) -> IncomingRecord {
        decoder.decode(
            RecordDecoder.Fetched(
                offset: record.offset, timestamp: record.timestamp, key: record.key, value: record.value,
                headers: headers.map { RecordHeader(name: $0.name, value: $0.value) }),
            from: source, now: .now())
    }

    private func text(_ name: String, _ headers: [KafkaHeader]) -> String? {
        headers.first { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
