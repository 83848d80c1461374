internal import Invalidations
internal import Kafka
internal import Replays

/// What a batch makes of the rows of a view: decisions alone, on rows that were loaded before.
struct BatchFold {
    private let batch: ProjectionBatch
    private let loaded: LoadedRows
    /// The rows that are new or different.
    private(set) var changes: [RecordChange] = []
    /// How many more requests, or fewer, are in each status; replays are not counted.
    private(set) var countChanges: [RequestStatus: Int64] = [:]
    private var minutes = MinuteTally()
    private var runEdges = RunTally()
    /// Whose dead letters may open or close.
    private(set) var concerned: [RequestIdentity] = []
    /// Requests that were published, and are in the view for the first time.
    private(set) var newcomers: [RequestIdentity] = []

    /// - Parameter identities: the requests of the batch, in the order in which their changes are to stand.
    init(_ batch: ProjectionBatch, _ identities: [RequestIdentity], _ loaded: LoadedRows) {
        (self.batch, self.loaded) = (batch, loaded)
        changes.reserveCapacity(identities.count)
        for identity in identities {
            if let news = batch.records[identity] { fold(news) }
        }
    }

    private mutating func fold(_ news: StatusRecord) {
        let old = loaded.records[news.identity]
        let record = old.map { StatusFold.join($0, news) } ?? news
        guard record != old else { return }
        changes.append(RecordChange(record: record, old: old))
        if old == nil, record.publication != nil { newcomers.append(record.identity) }
        if DeadLetterConcern.isGiven(by: record, replacing: old) { concerned.append(record.identity) }
        let (status, oldStatus) = (record.status, old?.status)
        minutes.add(record, status, replacing: old, oldStatus)
        runEdges.add(record, replacing: old)
        let (counted, oldCounted) = (record.run == nil ? status : nil, old?.run == nil ? oldStatus : nil)
        guard counted != oldCounted else { return }
        if let oldCounted { countChanges[oldCounted, default: 0] -= 1 }
        if let counted { countChanges[counted, default: 0] += 1 }
    }

    /// The changed ones as they are after the batch. Few batches ask for any.
    private var changedRecords: [RequestIdentity: StatusRecord] {
        Dictionary(changes.lazy.map { ($0.record.identity, $0.record) }) { $1 }
    }

    /// How many more requests, or fewer, were published and have ended in which minutes.
    var minuteChanges: [MinuteTally.Minute: MinuteTally.Counts] { minutes.changes }

    /// How many more requests of replays, or fewer, stand in which state at which edge.
    var runChanges: [RunTally.Cell: RunTally.Change] { runEdges.changes }

    /// The dead letters that follow the changes of their requests.
    func deadLettersChanged(of related: RelatedRows) -> [DeadLetterRecord] {
        guard !related.deadLetters.isEmpty else { return [] }
        let records = changedRecords
        return related.deadLetters.flatMap { identity, known -> [DeadLetterRecord] in
            guard let status = records[identity] else { return [] }
            return known.compactMap { known in
                let before = DeadLetterOpenness(isOpen: known.isOpen, edges: known.openEdges)
                let openness = known.entry.openness(by: status, before: before)
                return openness == before ? nil : DeadLetterRecord(known.entry, openness)
            }
        }
    }

    /// The dead letters of the batch, as the statuses of their requests have them.
    var newDeadLetters: [DeadLetterRecord] {
        guard !batch.deadLetters.isEmpty else { return [] }
        let records = changedRecords
        return batch.deadLetters.map { entry in
            let status = entry.identity.flatMap { records[$0] ?? loaded.records[$0] }
            return DeadLetterRecord(entry, entry.openness(by: status))
        }
    }

    /// The runs of the batch, joined with their rows.
    var runs: [RunTable.Run] {
        batch.runs.runs.values.compactMap { news in
            var table = RunTable()
            for run in [loaded.runs[news.id], news] {
                if let order = run?.order { table.fold(.order(news.id, order)) }
                if let state = run?.state { table.fold(.state(news.id, state)) }
            }
            return table.runs[news.id]
        }
    }

    /// How many newcomers have an id that another namespace had first, in the view or in this batch.
    func countShared(_ related: RelatedRows) -> Int {
        var count = 0
        var seen: Set<RequestID> = []
        for identity in newcomers {
            let isFirst = seen.insert(identity.id).inserted
            if !isFirst || related.withNamesakes.contains(identity) { count += 1 }
        }
        return count
    }
}

extension DeadLetterRecord {
    init(_ entry: DeadLetterEntry, _ openness: DeadLetterOpenness) {
        self.init(entry: entry, isOpen: openness.isOpen, openEdges: openness.edges)
    }
}
