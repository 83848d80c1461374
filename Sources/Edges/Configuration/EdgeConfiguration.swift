public import HTTP
public import Invalidations

/// One edge as an operator has set it up.
public struct EdgeConfiguration: Sendable {
    public var name: String
    /// As `AdapterCatalogue` calls it.
    public var adapterName: String
    public var adapter: any EdgeAdapter
    public var address: EdgeAddress
    public var credentials: EdgeCredentials
    /// Sent with every call, besides the adapter's.
    public var headers: [EdgeHeader] = []
    /// Values of headers that must not show in messages that quote the edge.
    var secrets: [String] = []
    /// How namespaces share the edge.
    public var sharing = EdgeSharing()
    public var namespaces: [NamespacePattern]
    /// What is purged here; a part of what the adapter supports.
    public var accepts: SelectorKinds
    /// What happens to selectors of a kind that is not taken.
    public var unsupported: EdgeProfile.UnsupportedPolicy
    /// For one call, from the beginning to the end of its answer.
    public var timeout: Duration
    /// For all calls of a batch, from its submission on: what is not sent by then is not sent, and what has no answer
    /// has an unknown outcome.
    public var batchTimeout = Duration.seconds(30)
    /// Calls at a time, each on a connection of its own; with pipelines, connections with several calls each.
    public var connections: Int
    /// Whether a call may be sent behind others that have no answer yet, where adapter and address allow it.
    public var pipelining = false
    /// How many addresses its name may have.
    public var addresses = AddressRule.any
    /// Tags, URLs and prefixes in one batch.
    public var batchItems: Int
    /// Bytes of them in one batch.
    public var batchBytes: Int
    /// Nil trusts the system's authorities and shows no certificate.
    public var tls: TLSClientOptions?
    public var pace: EdgePace

    /// - Parameter takes: nil for what such edges take unless they are told otherwise.
    public init(
        name: String, adapterName: String, adapter: any EdgeAdapter, address: EdgeAddress,
        credentials: EdgeCredentials = .none, namespaces: [NamespacePattern] = [.all], accepts: SelectorKinds? = nil,
        unsupported: EdgeProfile.UnsupportedPolicy = .dead, timeout: Duration = .seconds(5), connections: Int = 64,
        batchItems: Int = 500, batchBytes: Int = 64 << 10, tls: TLSClientOptions? = nil,
        pace: EdgePace = EdgePace()
    ) {
        precondition(connections > 0, "\(name) needs a connection")
        self.name = name
        self.adapterName = adapterName
        self.adapter = adapter
        self.address = address
        self.credentials = credentials
        self.namespaces = namespaces
        self.accepts = accepts ?? adapter.capabilities.accepts
        self.unsupported = unsupported
        self.timeout = timeout
        self.connections = connections
        self.batchItems = batchItems
        self.batchBytes = batchBytes
        self.tls = tls
        self.pace = pace
    }

    /// Some of its calls are sent in pipelines: of the kinds that its adapter names, in plain text.
    public var isPipelined: Bool {
        pipelining && !address.isSecure && !adapter.capabilities.pipelinedKinds.isEmpty
    }

    /// What the worker's core must know of it.
    public var profile: EdgeProfile {
        var profile = EdgeProfile(
            name: name, namespaces: namespaces, accepts: accepts, unsupported: unsupported, batchItemsMax: batchItems,
            batchBytesMax: batchBytes, callItemsMax: adapter.capabilities.callItemsMax,
            singleCallKinds: adapter.capabilities.singleCallKinds, concurrencyMax: connections,
            limits: pace.limits, account: pace.account, linger: pace.linger, layer: pace.layer,
            layerDelay: pace.layerDelay, repeatsAfter: pace.repeatsAfter, fanOutMax: pace.edgesAtOnce)
        profile.purgesSoftly = adapter.capabilities.soft
        // Above another cache it may have filled itself from there before that one was purged: it is purged once more.
        profile.readsLog = adapter.capabilities.readsLog && pace.layer == 0
        profile.callBytesMax = adapter.capabilities.callBytesMax
        profile.planner = CallPlanner { batch in
            let calls = plan(batch).calls
            return PlannedCalls(calls: calls.count, items: calls.reduce(0) { $0 + $1.selectorCount })
        }
        return profile
    }
}
