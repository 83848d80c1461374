internal import Basics
package import Invalidations

/// Pack of selectors that a run publishes as one request of its own.
package struct SelectorPack {
    package let group: SelectorUnion.Group
    package let mode: PurgeMode
    package let selectors: Selectors
    package let requestedAt: Timestamp
    package let notBefore: Timestamp?
    /// The position of its last selector in the order of all.
    package let key: SelectorKey
}

/// Position of a selector in the order in which a run publishes them; the same whenever the union is made anew.
package struct SelectorKey: Hashable, Comparable {
    let namespace: String
    let edges: [String]
    let mode: PurgeMode
    /// Tags, URLs, prefixes, everything.
    let kind: Int
    let selector: String

    var text: String { "\(namespace)/\(edges.joined(separator: ","))/\(mode.rawValue)/\(kind)/\(selector)" }

    package static func < (a: SelectorKey, b: SelectorKey) -> Bool {
        if a.namespace != b.namespace { return precedes(a.namespace, b.namespace) }
        if a.edges != b.edges { return a.edges.lexicographicallyPrecedes(b.edges, by: precedes) }
        if a.mode != b.mode { return a.mode == .hard }
        if a.kind != b.kind { return a.kind < b.kind }
        return precedes(a.selector, b.selector)
    }

    /// Bytes, not characters: texts that merely look alike must not tie.
    private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}

extension SelectorKey {
    /// The position of the last selector that a published pack names; nil for what no run has published.
    package init?(_ invalidation: Invalidation, edges: [String]) {
        let selectors = invalidation.selectors
        let last: (Int, String)? =
            if selectors.everything { (3, "") } else if let prefix = selectors.prefixes.last {
                (2, prefix)
            } else if let url = selectors.urls.last { (1, url) } else { selectors.tags.last.map { (0, $0) } }
        guard let last else { return nil }
        self.init(
            namespace: invalidation.namespace.name, edges: edges, mode: invalidation.mode, kind: last.0,
            selector: last.1)
    }
}

extension SelectorUnion {
    /// Selectors of one pack: what one call of most providers takes.
    package static let packItems = 100
    private static let packBytes = 64 << 10

    /// The packs of a partition in their order.
    ///
    /// - Parameter last: only what lies behind it.
    package func packs(of partition: Int32, after last: SelectorKey?) -> [SelectorPack] {
        let groups = groups.filter { $0.key.partition == partition }.sorted {
            let (a, b) = ($0.key, $1.key)
            return Self.key(a, .hard, 0, "") < Self.key(b, .hard, 0, "")
        }
        return groups.flatMap { group, members in
            [PurgeMode.hard, .soft].flatMap { mode in Self.packs(of: group, members, mode, after: last) }
        }
    }

    private static func packs(
        of group: Group, _ members: Members, _ mode: PurgeMode, after last: SelectorKey?
    ) -> [SelectorPack] {
        if let isHard = members.everything {
            // A purge of everything does what all others would.
            if isHard, mode == .soft { return [] }
            if isHard == (mode == .hard) {
                let key = key(group, mode, 3, "")
                guard last.map({ $0 < key }) ?? true else { return [] }
                return [
                    SelectorPack(
                        group: group, mode: mode, selectors: Selectors(everything: true),
                        requestedAt: members.requestedAt, notBefore: members.notBefore, key: key)
                ]
            }
        }
        return [members.tags, members.urls, members.prefixes].enumerated().flatMap { kind, texts in
            let wanted = texts.filter { $0.value == (mode == .hard) }.map { key(group, mode, kind, $0.key) }
                .filter { key in last.map { $0 < key } ?? true }.sorted()
            return split(wanted).map { keys in
                pack(keys, group, members)
            }
        }
    }

    private static func split(_ keys: [SelectorKey]) -> [ArraySlice<SelectorKey>] {
        var packs: [ArraySlice<SelectorKey>] = []
        var (first, bytes) = (0, 0)
        for (index, key) in keys.enumerated() {
            let size = key.selector.utf8.count
            if index > first, index - first == packItems || bytes + size > packBytes {
                packs.append(keys[first..<index])
                (first, bytes) = (index, 0)
            }
            bytes += size
        }
        if first < keys.count { packs.append(keys[first...]) }
        return packs
    }

    private static func pack(_ keys: ArraySlice<SelectorKey>, _ group: Group, _ members: Members) -> SelectorPack {
        let last = keys[keys.endIndex - 1]
        let texts = keys.map(\.selector)
        var selectors = Selectors()
        switch last.kind {
        case 0: selectors.tags = texts
        case 1: selectors.urls = texts
        default: selectors.prefixes = texts
        }
        return SelectorPack(
            group: group, mode: last.mode, selectors: selectors, requestedAt: members.requestedAt,
            notBefore: members.notBefore, key: last)
    }

    private static func key(_ group: Group, _ mode: PurgeMode, _ kind: Int, _ selector: String) -> SelectorKey {
        SelectorKey(
            namespace: group.namespace.name, edges: group.edges, mode: mode, kind: kind, selector: selector)
    }
}
