internal import Invalidations
internal import Replays

/// Counter of dead letters by group, with a bound on the groups.
struct DeadLetterCounter {
    private static let groupsMax = 10_000
    /// Counts what belongs to groups beyond the bound.
    private static let others = "others"

    private let grouping: DeadLetterGrouping
    private var counts: [String: Int64] = [:]
    private(set) var total: Int64 = 0

    init(by grouping: DeadLetterGrouping) {
        self.grouping = grouping
    }

    mutating func add(_ record: DeadLetterRecord) {
        total += 1
        switch grouping {
        case .error: count(record.entry.error)
        case .namespace: count(record.entry.namespace?.name ?? "")
        case .deadClass: count(record.entry.deadClass)
        case .edge:
            // The second purge of an edge belongs to it.
            let edges = Set(record.edgesShown.map { PurgeStep.parse($0).edge })
            for edge in edges.isEmpty ? [""] : edges { count(edge) }
        }
    }

    /// The largest first.
    var groups: [DeadLetterGroups.Group] {
        counts.map { DeadLetterGroups.Group(name: $0.key, count: $0.value) }
            .sorted { a, b in a.count != b.count ? a.count > b.count : a.name < b.name }
    }

    private mutating func count(_ name: String) {
        let isKnown = counts[name] != nil || counts.count < Self.groupsMax
        counts[isKnown ? name : Self.others, default: 0] += 1
    }
}
