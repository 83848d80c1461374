/// Both bounds of the range that a replay reads: `from` is part of it, `until` is not.
public struct TimeBounds: Hashable, Sendable {
    public let from: TimeBound
    public let until: TimeBound

    /// - Parameters:
    ///   - from: as `TimeBound` reads it; nil for as far back as the log goes.
    ///   - until: the same; nil for the end of the log.
    ///   - now: the time of planning.
    /// - Throws: what to write.
    public init(from: String?, until: String?, now: Timestamp) throws(SelectionError) {
        guard from != nil || until != nil else {
            throw SelectionError("no bound is given: write --from -2h, or --from all for all that the log holds")
        }
        self.from = try from.map { (text) throws(SelectionError) in try TimeBound(text, now: now) } ?? .all
        self.until = try until.map { (text) throws(SelectionError) in try TimeBound(text, now: now) } ?? .all
        try validate()
    }

    private func validate() throws(SelectionError) {
        switch (from, until) {
        case (.time(let from), .time(let until)) where from >= until:
            throw SelectionError("the range ends (\(until)) before it begins (\(from)): exchange --from and --until")
        case (.offsets(let from), .offsets(let until)):
            if let partition = Set(from.keys).symmetricDifference(until.keys).min() {
                throw SelectionError("partition \(partition) has one bound: name it in --from and in --until")
            }
            for (partition, offset) in from.sorted(by: { $0.key < $1.key }) where offset >= until[partition] ?? 0 {
                throw SelectionError("the range of partition \(partition) ends before it begins")
            }
        default: break
        }
    }

    /// Whether this partition is read: offsets that are given leave out all partitions that they don't name.
    public func reads(partition: Int32) -> Bool {
        for case .offsets(let offsets) in [from, until] where offsets[partition] == nil { return false }
        return true
    }
}
