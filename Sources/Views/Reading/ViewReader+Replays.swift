public import Replays

// Dead letters and runs, as the view knows them. Every call throws `StorageError`.
extension ViewReader {
    public func deadLetters(_ query: DeadLetterQuery) throws -> DeadLetterPage {
        DeadLetterPage(deadLetters: [], next: nil, asOf: try watermark())
    }

    /// - Returns: nil for one that the view does not hold, or holds no more.
    public func deadLetter(partition: Int32, offset: Int64) throws -> DeadLetterRecord? { nil }

    /// - Parameter query: its cursor and limit do not count.
    public func countDeadLetters(_ query: DeadLetterQuery, by grouping: DeadLetterGrouping) throws -> DeadLetterGroups {
        DeadLetterGroups(groups: [], total: 0, asOf: try watermark())
    }

    /// One page of runs, newest first.
    ///
    /// - Parameter before: the last id of the page before.
    public func runs(limit: Int, before: String? = nil) throws -> [RunTable.Run] { [] }

    /// - Returns: nil for one that the view does not know (yet).
    public func run(_ id: String) throws -> RunTable.Run? { nil }

    /// How many requests of a run have become dead letters again.
    public func deadLetterCount(ofRun id: String) throws -> Int64 { 0 }
}
