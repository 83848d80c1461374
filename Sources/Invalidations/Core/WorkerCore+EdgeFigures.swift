/// Figures of an edge: what waits for it, and how much it was sent.
package struct EdgeFigures: Hashable {
    /// Parts of requests that are not with the edge: in its lanes, or read ahead of their time.
    package var waiting = 0
    /// When the oldest of them was to be purged.
    package var oldest: Timestamp?
    package var sent = SentTotals()

    package init() {}
}

/// Totals of what an edge was sent since the start, in the units of its limits.
package struct SentTotals: Hashable {
    package var requests: UInt64 = 0
    package var items: UInt64 = 0
    package var bytes: UInt64 = 0

    package init() {}

    mutating func add(_ cost: PurgeCost) {
        requests &+= UInt64(clamping: cost.requests)
        items &+= UInt64(clamping: cost.items)
        bytes &+= UInt64(clamping: cost.bytes)
    }
}

extension WorkerCore {
    /// Of each edge. It looks at every open record: for every few seconds, not for every event.
    package func edgeFigures() -> [EdgeFigures] {
        var figures = runtimes.map { runtime in
            var figures = EdgeFigures()
            figures.sent = runtime.sent
            return figures
        }
        for index in records.indices {
            let due = records[index].invalidation.map { max($0.requestedAt, $0.notBefore ?? $0.requestedAt) }
            for target in records[index].request.targets where target.stage == .waiting || target.stage.isInLane {
                guard let edge = target.edge else { continue }
                figures[edge].waiting += 1
                guard let due else { continue }
                figures[edge].oldest = figures[edge].oldest.map { min($0, due) } ?? due
            }
        }
        return figures
    }
}
