public import Replays
internal import Storage

// Dead letters and runs, as the view knows them. Every call throws `StorageError`.
extension ViewReader {
    public func deadLetters(_ query: DeadLetterQuery) throws -> DeadLetterPage {
        try withView { view in
            let limit = min(max(query.limit, 1), DeadLetterQuery.limitMax)
            let (records, watermark) = try DeadLetterLists(query).newest(view, max: limit + 1)
            let page = Array(records.prefix(limit))
            return DeadLetterPage(
                deadLetters: page,
                next: records.count > page.count ? page.last.map { DeadLetterCursor(after: $0.entry) } : nil,
                asOf: watermark)
        }
    }

    /// - Returns: nil for one that the view does not hold, or holds no more.
    public func deadLetter(partition: Int32, offset: Int64) throws -> DeadLetterRecord? {
        try withView { try $0.deadLetter(partition: partition, offset: offset) }
    }

    /// Groups without a name count dead letters that have none: of no edge, or of no namespace.
    ///
    /// - Parameter query: its cursor and limit do not count.
    public func countDeadLetters(_ query: DeadLetterQuery, by grouping: DeadLetterGrouping) throws -> DeadLetterGroups {
        var query = query
        query.cursor = nil
        return try withView { view in
            var counter = DeadLetterCounter(by: grouping)
            let watermark = try DeadLetterLists(query).forEachMatch(view) { counter.add($0) }
            return DeadLetterGroups(groups: counter.groups, total: counter.total, asOf: watermark)
        }
    }

    /// One page of runs, newest first.
    ///
    /// - Parameter before: the last id of the page before.
    public func runs(limit: Int, before: String? = nil) throws -> [RunTable.Run] {
        try withView { try $0.runs(before: before, max: limit) }
    }

    /// - Returns: nil for one that the view does not know (yet).
    public func run(_ id: String) throws -> RunTable.Run? {
        try withView { try $0.run(id) }
    }

    /// How far each edge is with a replay, by name: none for other runs.
    public func edges(ofRun id: String) throws -> [RunEdge] {
        try withView { try $0.edges(ofRun: id) }
    }

    /// How many requests of a run have become dead letters again.
    public func deadLetterCount(ofRun id: String) throws -> Int64 {
        try withView { try $0.deadLetterCount(ofRun: id) }
    }
}
