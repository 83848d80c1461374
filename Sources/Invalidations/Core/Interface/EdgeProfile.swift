/// What the core must know of an edge to decide; how the edge is spoken to is its adapter's business.
public struct EdgeProfile: Hashable, Sendable {
    public var name: String
    public var namespaces: [NamespacePattern]
    public var accepts: SelectorKinds
    /// What happens to a selector of a kind that the edge cannot purge.
    public var unsupported: UnsupportedPolicy
    /// Tags, URLs and prefixes in one batch; a single request may have more.
    public var batchItemsMax: Int
    /// Bytes of all selectors in one batch; a single request may have more.
    public var batchBytesMax: Int
    /// Items that one call carries. Limits on requests count calls.
    public var callItemsMax: Int
    /// Bytes of the items that one call carries.
    public var callBytesMax = Int.max
    /// Kinds of which every selector is a call of its own.
    public var singleCallKinds: SelectorKinds
    /// Batches at the same time, at most; how many at the moment follows from how the edge does.
    public var concurrencyMax: Int
    public var limits: EdgeLimits
    /// The place of the account whose limits it shares, among the worker's accounts.
    public var account: Int?
    /// How long a lane waits for more before it sends.
    public var linger: Duration
    /// Caches of a lower layer are purged before those of a higher one, which would fill themselves from them again.
    public var layer: Int
    /// The time between the last acknowledgement of the lower layers and the purge of this one.
    public var layerDelay: Duration
    /// After this time the edge is purged once more, as a step of its own.
    public var repeatsAfter: Duration?
    /// Edges of this kind that one request is under way at, at the same time; nil for any number.
    public var fanOutMax: Int?
    /// Whether a soft purge leaves content to be served stale; otherwise it is made as a hard one.
    public var purgesSoftly = true
    /// Whether the edge reads the log itself, and is told which requests a purge is made of.
    public var readsLog = false
    /// Counts the calls of a batch for its limits; without one they are estimated.
    public var planner: CallPlanner?

    public enum UnsupportedPolicy: String, Hashable, Sendable, CaseIterable {
        /// The request ends as a dead letter for this edge, after what can be purged was purged.
        case dead
        /// The edge is not asked: its configuration says that nothing it holds is found that way.
        case skip
    }

    public init(
        name: String, namespaces: [NamespacePattern] = [.all], accepts: SelectorKinds = .all,
        unsupported: UnsupportedPolicy = .dead, batchItemsMax: Int = 500, batchBytesMax: Int = 64 << 10,
        callItemsMax: Int = 500, singleCallKinds: SelectorKinds = [], concurrencyMax: Int = 64,
        limits: EdgeLimits = EdgeLimits(), account: Int? = nil, linger: Duration = .zero, layer: Int = 0,
        layerDelay: Duration = .seconds(1), repeatsAfter: Duration? = nil, fanOutMax: Int? = nil
    ) {
        precondition(batchItemsMax > 0 && batchBytesMax > 0, "a batch of \(name) needs capacity")
        precondition(callItemsMax > 0 && concurrencyMax > 0, "\(name) needs calls")
        self.name = name
        self.namespaces = namespaces
        self.accepts = accepts
        self.unsupported = unsupported
        self.batchItemsMax = batchItemsMax
        self.batchBytesMax = batchBytesMax
        self.callItemsMax = callItemsMax
        self.singleCallKinds = singleCallKinds
        self.concurrencyMax = concurrencyMax
        self.limits = limits
        self.account = account
        self.linger = linger
        self.layer = layer
        self.layerDelay = layerDelay
        self.repeatsAfter = repeatsAfter
        self.fanOutMax = fanOutMax
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
        unsupported == .dead || !accepts.isDisjoint(with: kinds)
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
