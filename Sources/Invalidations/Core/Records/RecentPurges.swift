/// Recent purges: selectors that edges with a backlog purged lately. A retry of them need not be sent.
///
/// A purge counts by when it started: one that began before a request was made may have met the old content, however
/// late it finished.
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

    private var purges = RecentMap<Key, Evidence>(halfMax: 32_768)

    var isEmpty: Bool { purges.isEmpty }

    mutating func add(_ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, startedAt: Timestamp)
    {
        selectors.forEach { selector in
            let key = Key(edge: Int32(edge), namespace: namespace, selector: selector)
            // Of two, the harder stays: a later soft one would lose what an earlier hard one proves.
            if let known = purges.newer[key], known.mode == .hard, mode == .soft { return }
            purges.set(Evidence(startedAt: startedAt, mode: mode), for: key)
        }
    }

    /// Whether all of it was purged, as hard as that, by purges that started at that time or later.
    func hold(_ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, since: Timestamp) -> Bool {
        func isPurged(_ selector: Selector) -> Bool {
            let key = Key(edge: Int32(edge), namespace: namespace, selector: selector)
            return [purges.newer[key], purges.older[key]].contains { evidence in
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
