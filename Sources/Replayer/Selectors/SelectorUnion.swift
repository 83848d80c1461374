internal import Basics
package import Invalidations

/// Union of what requests select: each selector once, for the same edges of the same namespace.
///
/// Every purge that is sent now starts after every request of the range, and one that waits for the latest `notBefore`
/// among them is late enough for all. So one purge of a selector does what all of them asked for, and a hard one does
/// what soft ones did.
package struct SelectorUnion {
    /// Whose selectors are put together.
    package struct Group: Hashable {
        package let partition: Int32
        package let namespace: Namespace
        /// Names of edges; none for all that serve the namespace.
        package let edges: [String]
    }

    /// Selectors of one kind: whether each is purged hard.
    struct Members {
        var tags: [String: Bool] = [:]
        var urls: [String: Bool] = [:]
        var prefixes: [String: Bool] = [:]
        var everything: Bool?
        /// The newest request.
        var requestedAt = Timestamp(milliseconds: 0)
        /// The latest of all.
        var notBefore: Timestamp?

        /// How many tags, URLs and prefixes, and whether everything.
        var items: [Int64] {
            [Int64(tags.count), Int64(urls.count), Int64(prefixes.count), everything == nil ? 0 : 1]
        }

        var bytes: Int64 {
            [tags, urls, prefixes].reduce(0) { sum, texts in texts.keys.reduce(sum) { $0 + Int64($1.utf8.count) } }
        }

        var kinds: SelectorKinds {
            let all: [SelectorKinds] = [.tags, .urls, .prefixes, .everything]
            return SelectorKinds(zip(all, items).filter { $1 > 0 }.map(\.0))
        }
    }

    /// Selectors that are kept apart; each takes some 100 bytes.
    package static let selectorsMax = 1_000_000
    static let bytesMax = 256 << 20

    private(set) var groups: [Group: Members] = [:]
    package private(set) var count = 0
    private var bytes = 0
    /// There were more selectors than are kept.
    package private(set) var isFull = false

    package init() {}

    package mutating func add(_ invalidation: Invalidation, edges: [String], partition: Int32) {
        let group = Group(partition: partition, namespace: invalidation.namespace, edges: edges)
        let isHard = invalidation.mode == .hard
        var members = groups.removeValue(forKey: group) ?? Members()
        let selectors = invalidation.selectors
        for tag in selectors.tags { add(tag, isHard, to: &members.tags) }
        for url in selectors.urls { add(url, isHard, to: &members.urls) }
        for prefix in selectors.prefixes { add(prefix, isHard, to: &members.prefixes) }
        if selectors.everything { members.everything = members.everything ?? false || isHard }
        members.requestedAt = max(members.requestedAt, invalidation.requestedAt)
        if let time = invalidation.notBefore { members.notBefore = max(members.notBefore ?? time, time) }
        groups[group] = members
    }

    private mutating func add(_ selector: String, _ isHard: Bool, to members: inout [String: Bool]) {
        if let known = members[selector] {
            if isHard, !known { members[selector] = true }
            return
        }
        guard count < Self.selectorsMax, bytes < Self.bytesMax else { return isFull = true }
        count += 1
        bytes += selector.utf8.count + 64
        members[selector] = isHard
    }
}
