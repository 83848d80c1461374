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

    /// The calls that purge the batch, sent in this order, several at a time unless the capabilities say otherwise.
    /// A call never carries what was published before something in an earlier call, but for repetitions.
    func plan(_ batch: PurgeBatch) -> CallPlan

    /// What came of a call.
    func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome

    /// Purges of markers, which nobody has cached: at most one for each kind of selectors, and one for soft purges.
    ///
    /// - Parameters:
    ///   - token: makes their tags and paths unique; letters, digits and `-`.
    ///   - namespace: one that the edge serves.
    func probes(_ token: String, namespace: Namespace) -> [EdgeProbe]

    /// Whether the edge says that it answered from its cache.
    func isHit(_ response: HTTPClientResponse) -> Bool
}

extension EdgeAdapter {
    public var headers: [EdgeHeader] { [] }

    public func isHit(_ response: HTTPClientResponse) -> Bool { false }
}

/// The purge of a marker: shows whether the edge is set up right, and takes nothing that anybody has cached.
public struct EdgeProbe: Hashable, Sendable {
    /// What its answer speaks for.
    public var kinds: SelectorKinds
    public var mode: PurgeMode
    public var purge: EdgeCall
    /// Fetches the page that the marker purges. An edge that still has it afterwards acknowledges what it does not do.
    public var fetch: EdgeCall?
    /// What to look at then.
    public var hint: String

    public init(
        _ kinds: SelectorKinds, mode: PurgeMode = .hard, _ purge: EdgeCall, fetch: EdgeCall? = nil, hint: String = ""
    ) {
        self.kinds = kinds
        self.mode = mode
        self.purge = purge
        self.fetch = fetch
        self.hint = hint
    }
}

/// What an adapter can do with its kind of cache.
public struct EdgeCapabilities: Hashable, Sendable {
    /// Everything the adapter knows how to purge.
    public var supports: SelectorKinds
    /// What an edge takes unless its configuration says otherwise.
    public var accepts: SelectorKinds
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
    /// Kinds of which every selector is a call of its own.
    public var singleCallKinds: SelectorKinds
    /// Kinds of which a call that is misread may purge more than it says. They are sent once the edge has been seen
    /// to purge a marker of theirs.
    public var wideKinds: SelectorKinds
    /// Whether calls of other kinds wait until those before them are answered. Calls of the same kinds go side by side.
    public var isOrdered: Bool
    /// Whether calls carry the hosts of the publishers' URLs as `Host`.
    public var namesHosts: Bool
    /// Kinds whose calls are short, safe to repeat, and many: they may be sent behind others that have no answer yet.
    public var pipelinedKinds: SelectorKinds
    /// Whether the edge reads the log itself, so that a purge names its requests.
    public var readsLog = false

    public init(
        supports: SelectorKinds, accepts: SelectorKinds, soft: Bool, emptiesWhole: Bool = false, callItemsMax: Int = 1,
        callBytesMax: Int = 8_192, singleCallKinds: SelectorKinds = [], wideKinds: SelectorKinds = [],
        isOrdered: Bool = false, namesHosts: Bool = false, pipelinedKinds: SelectorKinds = []
    ) {
        self.singleCallKinds = singleCallKinds
        self.wideKinds = wideKinds
        self.isOrdered = isOrdered
        self.namesHosts = namesHosts
        self.pipelinedKinds = pipelinedKinds
        self.supports = supports
        self.accepts = accepts
        self.soft = soft
        self.emptiesWhole = emptiesWhole
        self.callItemsMax = callItemsMax
        self.callBytesMax = callBytesMax
    }
}
