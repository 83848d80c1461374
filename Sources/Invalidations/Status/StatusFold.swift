/// Folds publications and progress into records.
///
/// The fold is a join: it takes the greater of what is known about each edge, so any order and any repetition
/// of the same news gives the same record.
public enum StatusFold {
    /// - Precondition: the record is of the same request: its id and its namespace.
    public static func apply(_ progress: Progress, to record: StatusRecord?) -> StatusRecord {
        let news = StatusRecord(progress)
        guard let record else { return news }
        return join(record, news)
    }

    /// What two records of the same request know together.
    public static func join(_ a: StatusRecord, _ b: StatusRecord) -> StatusRecord {
        precondition(a.identity == b.identity, "records of the requests \(a.id) and \(b.id) have no join")
        var joined = a
        // Of a request made twice under one id the earlier counts.
        joined.requestedAt = min(a.requestedAt, b.requestedAt)
        joined.firstSeenAt = min(a.firstSeenAt, b.firstSeenAt)
        joined.updatedAt = max(a.updatedAt, b.updatedAt)
        joined.omitsEdges = a.omitsEdges || b.omitsEdges
        joined.isReported = a.isReported || b.isReported
        if let theirs = b.publication { joined.publication = a.publication.map { min($0, theirs) } ?? theirs }
        if let theirs = b.run { joined.run = a.run.map { max($0, theirs) } ?? theirs }
        if let theirs = b.wholeFailure { joined.wholeFailure = a.wholeFailure.map { max($0, theirs) } ?? theirs }
        if a.edges == b.edges {
            for index in b.cells.indices where joined.cells[index] < b.cells[index] {
                joined.cells[index] = b.cells[index]
            }
        } else {
            joinEdges(of: a, b, into: &joined)
        }
        if !a.failures.isEmpty || !b.failures.isEmpty { joinFailures(of: a, b, into: &joined) }
        if hasSeveralTries(a) || hasSeveralTries(b) { joinEarlier(of: a, b, into: &joined) }
        return joined
    }

    /// Merges two sorted lists.
    private static func joinEdges(of a: StatusRecord, _ b: StatusRecord, into joined: inout StatusRecord) {
        joined.edges.removeAll(keepingCapacity: true)
        joined.cells.removeAll(keepingCapacity: true)
        var (left, right) = (0, 0)
        while left < a.edges.count || right < b.edges.count {
            guard joined.edges.count < Limits.edges else {
                joined.omitsEdges = true
                return
            }
            let usesLeft = right == b.edges.count || left < a.edges.count && a.edges[left] <= b.edges[right]
            let usesRight = left == a.edges.count || right < b.edges.count && b.edges[right] <= a.edges[left]
            joined.edges.append(usesLeft ? a.edges[left] : b.edges[right])
            joined.cells.append(
                usesLeft && usesRight
                    ? max(a.cells[left], b.cells[right]) : usesLeft ? a.cells[left] : b.cells[right])
            if usesLeft { left += 1 }
            if usesRight { right += 1 }
        }
    }

    /// Whether there may be tries that others outrank: so for all that were ever redriven, and no ordinary request.
    private static func hasSeveralTries(_ record: StatusRecord) -> Bool {
        if !record.earlier.isEmpty || record.wholeFailure?.generation ?? 0 > 0 { return true }
        return record.cells.contains { $0.generation > 0 }
    }

    /// Of each edge that is left, and of the request as a whole, the latest tries below the current one. What is left
    /// out has enough later ones in any join, so the order of joins does not matter.
    private static func joinEarlier(of a: StatusRecord, _ b: StatusRecord, into joined: inout StatusRecord) {
        let tries = (a.earlier + b.earlier + outranked(of: a, by: joined) + outranked(of: b, by: joined))
            .sorted { $0.precedes($1) }
        joined.earlier.removeAll(keepingCapacity: true)
        var count = 0
        for one in tries {
            if let edge = one.edge, joined.cell(of: edge) == nil { continue }
            if let last = joined.earlier.last, last.isOfSameTry(as: one) {
                if last.isOutranked(by: one) { joined.earlier[joined.earlier.count - 1] = one }
                continue
            }
            count = joined.earlier.last?.edge == one.edge ? count + 1 : 1
            if count <= StatusRecord.earlierMax { joined.earlier.append(one) }
        }
    }

    /// What the record says of tries before those that the joined record stands for.
    private static func outranked(of record: StatusRecord, by joined: StatusRecord) -> [EarlierTry] {
        var tries: [EarlierTry] = []
        for (edge, cell) in zip(record.edges, record.cells) {
            guard let current = joined.cell(of: edge), cell.generation < current.generation else { continue }
            tries.append(EarlierTry(edge: edge, cell: cell, failure: record.failures[edge]))
        }
        if let whole = record.wholeFailure, let current = joined.wholeFailure, whole.generation < current.generation {
            tries.append(EarlierTry(whole))
        }
        return tries
    }

    /// A failure belongs to its cell: it goes when the cell is outranked. Of equal cells the greater failure stays.
    private static func joinFailures(of a: StatusRecord, _ b: StatusRecord, into joined: inout StatusRecord) {
        joined.failures.removeAll(keepingCapacity: true)
        for (record, other) in [(a, b), (b, a)] {
            for (edge, failure) in record.failures where joined.cell(of: edge) == record.cell(of: edge) {
                if record.cell(of: edge) == other.cell(of: edge), let theirs = other.failures[edge], failure < theirs {
                    continue
                }
                joined.failures[edge] = failure
            }
        }
    }
}

extension StatusRecord {
    /// Nil for an edge that the record does not name.
    public func cell(of edge: String) -> Cell? {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < edge { low = middle + 1 } else { high = middle }
        }
        return low < edges.count && edges[low] == edge ? cells[low] : nil
    }
}
