internal import Invalidations
internal import Replays

/// Lists of dead letters: the ranges of indexes that answer a query, newest first.
struct DeadLetterLists {
    private let query: DeadLetterQuery

    init(_ query: DeadLetterQuery) {
        self.query = query
    }

    /// The newest that match, in their order.
    func newest(_ view: any ViewQueries, max: Int) throws -> (records: [DeadLetterRecord], watermark: Timestamp?) {
        var records: [DeadLetterRecord] = []
        // Each range gives as many as are asked for, whatever the others give.
        var counts = [Int](repeating: 0, count: ranges.count)
        let watermark = try view.readDeadLetters(ranges, bounds) { range, record in
            guard query.matches(record) else { return true }
            records.append(record)
            counts[range] += 1
            return counts[range] < max
        }
        return (Array(records.sorted { $0.isNewer(than: $1) }.prefix(max)), watermark)
    }

    /// - Returns: the watermark.
    func forEachMatch(_ view: any ViewQueries, _ body: (DeadLetterRecord) -> Void) throws -> Timestamp? {
        try view.readDeadLetters(ranges, bounds) { _, record in
            if query.matches(record) { body(record) }
            return true
        }
    }

    /// The smallest that hold all that match.
    private var ranges: [DeadLetterRange] {
        if let request = query.request { return [.request(request)] }
        if let run = query.run { return [.run(run)] }
        return query.includesClosed ? [.openness(true), .openness(false)] : [.openness(true)]
    }

    private var bounds: DeadLetterBounds {
        // One bound, so that the index finds where a page begins: all of that time come after it.
        let until = (query.until?.milliseconds ?? .max, Int64.min, Int64.min)
        let cursor = query.cursor.map { ($0.time, Int64($0.partition), $0.offset) }
        return DeadLetterBounds(
            since: query.since?.milliseconds ?? .min, before: cursor.map { $0 < until ? $0 : until } ?? until)
    }
}

extension DeadLetterQuery {
    /// Whether a dead letter is one of those asked for; a redrive with the same edges and classes takes the same.
    func matches(_ record: DeadLetterRecord) -> Bool {
        let entry = record.entry
        guard record.isOpen || includesClosed, classes.isEmpty || classes.contains(entry.deadClass),
            error.map({ $0 == entry.error }) ?? true, run.map({ $0 == entry.run }) ?? true,
            isQuarantined.map({ $0 == entry.isQuarantined }) ?? true
        else { return false }
        if let request, entry.requestID != request, entry.statusID != request { return false }
        if !namespaces.isEmpty {
            guard let name = entry.namespace?.name, namespaces.contains(where: { $0.matches(name) }) else {
                return false
            }
        }
        // Of a request as a whole every edge may be meant.
        return edges.isEmpty || entry.edges.isEmpty
            || record.edgesShown.contains { edges.contains(PurgeStep.parse($0).edge) }
    }
}

extension DeadLetterRecord {
    /// Those at which it is open, or of a closed one all.
    var edgesShown: [String] { isOpen ? openEdges : entry.edges }

    fileprivate func isNewer(than other: DeadLetterRecord) -> Bool {
        (entry.time ?? 0, entry.partition, entry.offset) > (
            other.entry.time ?? 0, other.entry.partition, other.entry.offset
        )
    }
}
