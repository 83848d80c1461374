internal import Invalidations

/// Which selectors each edge has purged, by when the latest such purge reached it. Only purges count whose
/// acknowledgement a worker has heard.
struct Evidence {
    private struct Key: Hashable {
        let edge: Int
        let namespace: Namespace
        let kind: UInt8
        let text: String
    }

    private struct Scope: Hashable {
        let edge: Int
        let namespace: Namespace
    }

    private struct Starts {
        var any: SimulatedTime = -1
        var hard: SimulatedTime = -1

        mutating func add(_ mode: PurgeMode, _ start: SimulatedTime) {
            any = max(any, start)
            if mode == .hard { hard = max(hard, start) }
        }

        func prove(_ mode: PurgeMode, since: SimulatedTime) -> Bool {
            (mode == .hard ? hard : any) >= since
        }
    }

    private var starts: [Key: Starts] = [:]
    private var prefixes: [Scope: [String]] = [:]

    mutating func add(
        _ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, startedAt: SimulatedTime
    ) {
        for (kind, text) in selectors.singles {
            starts[Key(edge: edge, namespace: namespace, kind: kind, text: text), default: Starts()].add(
                mode, startedAt)
        }
        for prefix in selectors.prefixes {
            let scope = Scope(edge: edge, namespace: namespace)
            if !prefixes[scope, default: []].contains(prefix) { prefixes[scope, default: []].append(prefix) }
        }
    }

    /// Whether all of it was purged, as hard as that, by purges that started at that time or later.
    func covers(
        _ selectors: Selectors, _ mode: PurgeMode, edge: Int, namespace: Namespace, since: SimulatedTime
    ) -> Bool {
        func isProved(_ kind: UInt8, _ text: String) -> Bool {
            starts[Key(edge: edge, namespace: namespace, kind: kind, text: text)]?.prove(mode, since: since) ?? false
        }
        if isProved(SelectorKinds.everything.rawValue, "") { return true }
        return selectors.singles.allSatisfy { kind, text in
            if isProved(kind, text) { return true }
            guard kind == SelectorKinds.urls.rawValue else { return false }
            return (prefixes[Scope(edge: edge, namespace: namespace)] ?? []).contains { prefix in
                text.utf8.starts(with: prefix.utf8) && isProved(SelectorKinds.prefixes.rawValue, prefix)
            }
        }
    }
}

extension Selectors {
    /// Every single thing that is named, with its kind.
    var singles: [(kind: UInt8, text: String)] {
        var singles: [(kind: UInt8, text: String)] = []
        singles.reserveCapacity(count)
        for tag in tags { singles.append((SelectorKinds.tags.rawValue, tag)) }
        for url in urls { singles.append((SelectorKinds.urls.rawValue, url)) }
        for prefix in prefixes { singles.append((SelectorKinds.prefixes.rawValue, prefix)) }
        if everything { singles.append((SelectorKinds.everything.rawValue, "")) }
        return singles
    }
}
