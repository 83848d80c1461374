public import HTTP
public import Invalidations

/// How one kind of cache is spoken to: a value without I/O. It says which calls purge a batch and what an answer
/// means; the purge engine makes the calls.
///
/// Adding an adapter touches three files: the adapter, `AdapterCatalogue`, and its test.
public protocol EdgeAdapter: Sendable {
    /// What it can purge and how much at once.
    var capabilities: EdgeCapabilities { get }

    /// Headers of every call, besides the edge's credentials.
    var headers: [EdgeHeader] { get }

    /// The calls that purge the batch, to be made one after another. A call never carries what was published
    /// before something in an earlier call, but for repetitions.
    func plan(_ batch: PurgeBatch) -> CallPlan

    /// What came of a call.
    func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome

    /// Calls that show whether the edge is set up right and purge nothing that anybody has cached.
    ///
    /// - Parameters:
    ///   - token: makes their tags and paths unique; letters, digits and `-`.
    ///   - namespace: one that the edge serves.
    func probes(_ token: String, namespace: Namespace) -> [EdgeCall]
}

extension EdgeAdapter {
    public var headers: [EdgeHeader] { [] }
}

/// What an adapter can do with its kind of cache.
public struct EdgeCapabilities: Hashable, Sendable {
    /// Everything the adapter knows how to purge.
    public var supports: SelectorKinds
    /// What an edge takes unless its configuration says otherwise.
    public var takes: SelectorKinds
    /// Whether a soft purge leaves the object to be served stale. Where it can't, a soft purge is made as a hard
    /// one: that is the safe way to err, because hard does all that soft does.
    public var soft: Bool
    /// Whether a purge of everything empties the cache whatever the namespace. Such an edge takes it only where it
    /// serves a single namespace, unless its configuration says otherwise.
    public var emptiesWhole: Bool
    /// Tags, URLs and prefixes in one call.
    public var callItemsMax: Int
    /// Bytes of a call's selectors: of the header or body that carries them.
    public var callBytesMax: Int

    public init(
        supports: SelectorKinds, takes: SelectorKinds, soft: Bool, emptiesWhole: Bool = false, callItemsMax: Int = 1,
        callBytesMax: Int = 8_192
    ) {
        self.supports = supports
        self.takes = takes
        self.soft = soft
        self.emptiesWhole = emptiesWhole
        self.callItemsMax = callItemsMax
        self.callBytesMax = callBytesMax
    }
}
