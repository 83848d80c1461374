/// What edges with a backlog purged lately, so that a retry of the same need not be sent any more.
///
/// A purge counts by when it started: one that began before a request was made may have met the old content, however
/// late it finished. Bounded by two halves: the older one is dropped when the newer one is full.
struct RecentPurges {
    private struct Key: Hashable {
        let edge: Int32
        let namespace: Namespace
        let selector: Selector
    }

    private struct Evidence {
        var startedAt: Timestamp
        var mode: PurgeMode
    }

    private static let halfMax = 32_768
    private var newer: [Key: Evidence] = [:]
    private var older: [Key: Evidence] = [:]

    var isEmpty: Bool { newer.isEmpty && older.isEmpty }

    mutating func add(_ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, startedAt: Timestamp)
    {
        selectors.forEach { selector in
            let key = Key(edge: Int32(edge), namespace: namespace, selector: selector)
            // Of two, the harder stays: a later soft one would lose what an earlier hard one proves.
            if let known = newer[key], known.mode == .hard, mode == .soft { return }
            newer[key] = Evidence(startedAt: startedAt, mode: mode)
        }
        guard newer.count >= Self.halfMax else { return }
        older = newer
        newer = [:]
    }

    /// Whether all of it was purged, as hard as that, by purges that started at that time or later.
    func hold(_ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, since: Timestamp) -> Bool {
        func isPurged(_ selector: Selector) -> Bool {
            let key = Key(edge: Int32(edge), namespace: namespace, selector: selector)
            return [newer[key], older[key]].contains { evidence in
                guard let evidence else { return false }
                return evidence.startedAt >= since && (evidence.mode == .hard || mode == .soft)
            }
        }
        if isPurged(.everything) { return true }
        var isAll = true
        selectors.forEach { isAll = isAll && isPurged($0) }
        return isAll
    }
}
