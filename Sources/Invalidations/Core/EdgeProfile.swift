/// What the core must know of an edge to decide; how the edge is spoken to is its adapter's business.
public struct EdgeProfile: Hashable, Sendable {
    public var name: String
    public var namespaces: [NamespacePattern]
    public var takes: SelectorKinds
    /// What happens to a selector of a kind that the edge cannot purge.
    public var unsupported: UnsupportedPolicy
    /// Tags, URLs and prefixes in one batch; a single request may have more.
    public var batchItemsMax: Int
    /// Bytes of all selectors in one batch; a single request may have more.
    public var batchBytesMax: Int

    public enum UnsupportedPolicy: String, Hashable, Sendable, CaseIterable {
        /// The request ends as a dead letter for this edge, after what can be purged was purged.
        case dead
        /// The edge is not asked: whoever configured it knows that nothing it holds is found that way.
        case skip
    }

    public init(
        name: String, namespaces: [NamespacePattern] = [.all], takes: SelectorKinds = .all,
        unsupported: UnsupportedPolicy = .dead, batchItemsMax: Int = 500, batchBytesMax: Int = 64 << 10
    ) {
        precondition(batchItemsMax > 0 && batchBytesMax > 0, "a batch of \(name) needs room")
        self.name = name
        self.namespaces = namespaces
        self.takes = takes
        self.unsupported = unsupported
        self.batchItemsMax = batchItemsMax
        self.batchBytesMax = batchBytesMax
    }

    public func serves(_ namespace: Namespace) -> Bool {
        namespaces.contains { $0.matches(namespace) }
    }

    /// Whether a request for these selectors must reach this edge at all.
    public func isTarget(of selectors: Selectors) -> Bool {
        isTarget(of: selectors.kinds)
    }

    /// The same for selectors of those kinds.
    public func isTarget(of kinds: SelectorKinds) -> Bool {
        unsupported == .dead || !takes.isDisjoint(with: kinds)
    }
}

/// Kinds of selectors.
public struct SelectorKinds: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let tags = SelectorKinds(rawValue: 1)
    public static let urls = SelectorKinds(rawValue: 2)
    public static let prefixes = SelectorKinds(rawValue: 4)
    public static let everything = SelectorKinds(rawValue: 8)
    public static let all: SelectorKinds = [.tags, .urls, .prefixes, .everything]

    /// As an error message lists them.
    public var names: String {
        let named: [(SelectorKinds, String)] = [
            (.tags, "tags"), (.urls, "urls"), (.prefixes, "prefixes"), (.everything, "everything"),
        ]
        return named.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
}

extension Selectors {
    public var kinds: SelectorKinds {
        var kinds: SelectorKinds = []
        if !tags.isEmpty { kinds.insert(.tags) }
        if !urls.isEmpty { kinds.insert(.urls) }
        if !prefixes.isEmpty { kinds.insert(.prefixes) }
        if everything { kinds.insert(.everything) }
        return kinds
    }

    /// The part of those kinds.
    public func only(_ kinds: SelectorKinds) -> Selectors {
        Selectors(
            tags: kinds.contains(.tags) ? tags : [], urls: kinds.contains(.urls) ? urls : [],
            prefixes: kinds.contains(.prefixes) ? prefixes : [], everything: kinds.contains(.everything) && everything)
    }
}
