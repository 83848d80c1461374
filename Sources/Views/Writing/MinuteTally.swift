internal import Invalidations

/// Tally of minutes: in which requests were heard of first, and in which they ended.
///
/// It follows from the rows alone: what a row has counted is taken back when another one comes in its place. So what
/// is folded again counts once, and the order of records does not matter.
struct MinuteTally {
    /// Minute since 1970 of one namespace, or of all together.
    struct Minute: Hashable {
        /// Empty for all: no namespace has that name.
        var namespace: String
        var number: Int64
    }

    struct Counts: Hashable {
        var published: Int64 = 0
        var completed: Int64 = 0
        var failed: Int64 = 0

        static func += (a: inout Counts, b: Counts) {
            a.published += b.published
            a.completed += b.completed
            a.failed += b.failed
        }
    }

    private var counts: [Minute: Counts] = [:]

    /// Replays' own rows count as little as in lists.
    mutating func add(_ record: StatusRecord, _ status: RequestStatus, replacing old: StatusRecord?) {
        let before = old.flatMap { $0.run == nil ? ($0, $0.status) : nil }
        if let (old, oldStatus) = before, record.run == nil, oldStatus == status,
            Self.number(of: old.firstSeenAt) == Self.number(of: record.firstSeenAt),
            !status.isTerminal || Self.number(of: old.updatedAt) == Self.number(of: record.updatedAt)
        {
            return
        }
        if let (old, oldStatus) = before { add(old, oldStatus, -1) }
        if record.run == nil { add(record, status, 1) }
    }

    /// What differs from nothing, with that of all namespaces.
    var changes: [Minute: Counts] {
        var changes = counts
        for (minute, counts) in counts {
            changes[Minute(namespace: "", number: minute.number), default: Counts()] += counts
        }
        return changes.filter { $0.value != Counts() }
    }

    static func number(of time: Timestamp) -> Int64 { time.milliseconds / millisecondsPerMinute }

    static let millisecondsPerMinute: Int64 = 60_000

    private mutating func add(_ record: StatusRecord, _ status: RequestStatus, _ count: Int64) {
        let namespace = record.namespace.name
        counts[Minute(namespace: namespace, number: Self.number(of: record.firstSeenAt)), default: Counts()] +=
            Counts(published: count)
        guard status.isTerminal else { return }
        counts[Minute(namespace: namespace, number: Self.number(of: record.updatedAt)), default: Counts()] +=
            status == .completed ? Counts(completed: count) : Counts(failed: count)
    }
}
