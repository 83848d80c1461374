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
    ///
    /// - Parameter oldStatus: that of `old`.
    mutating func add(
        _ record: StatusRecord, _ status: RequestStatus, replacing old: StatusRecord?, _ oldStatus: RequestStatus?
    ) {
        let published = record.run == nil ? Self.number(of: record.firstSeenAt) : nil
        let wasPublished = old.flatMap { $0.run == nil ? Self.number(of: $0.firstSeenAt) : nil }
        let namespace = record.namespace.name
        if published != wasPublished {
            if let wasPublished { add(Counts(published: -1), to: wasPublished, of: namespace) }
            if let published { add(Counts(published: 1), to: published, of: namespace) }
        }
        let end = record.run == nil && status.isTerminal ? Self.number(of: record.updatedAt) : nil
        let wasEnd = old.flatMap { old in
            old.run == nil && oldStatus?.isTerminal == true ? Self.number(of: old.updatedAt) : nil
        }
        guard end != wasEnd || (end != nil && status != oldStatus) else { return }
        if let wasEnd, let oldStatus { add(Self.counts(ofEnd: oldStatus, -1), to: wasEnd, of: namespace) }
        if let end { add(Self.counts(ofEnd: status, 1), to: end, of: namespace) }
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

    private mutating func add(_ change: Counts, to number: Int64, of namespace: String) {
        counts[Minute(namespace: namespace, number: number), default: Counts()] += change
    }

    private static func counts(ofEnd status: RequestStatus, _ count: Int64) -> Counts {
        status == .completed ? Counts(completed: count) : Counts(failed: count)
    }
}
