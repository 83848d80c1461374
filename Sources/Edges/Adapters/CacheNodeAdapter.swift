public import HTTP
public import Invalidations

/// A cache node of this system as an edge: `POST {address}/purge`, answered with the number of entries.
///
/// A node reads the log as well, so most of what a worker asks for is done already. A call names its requests: a node
/// that has applied them leaves alone what was stored since. The worker adds its status, its retries and its dead
/// letters, and brings what a node can't read in the log: replays, and what was scheduled before the node began.
public struct CacheNodeAdapter: EdgeAdapter {
    private let endpoint: HTTPAdapter
    public let capabilities: EdgeCapabilities

    /// - Parameters:
    ///   - itemsMax: tags, URLs and prefixes in one call; a node takes no more prefixes than a request may have.
    ///   - bytesMax: of them in one call.
    public init(
        address: EdgeAddress, host: String? = nil, itemsMax: Int = Limits.prefixes, bytesMax: Int = 64 << 10,
        isSoft: Bool = true
    ) {
        // Another server at that address must not pass for a node.
        var success = HTTPSuccess()
        (success.type, success.field) = ("application/json", "success")
        endpoint = HTTPAdapter(
            address: address, host: host, itemsMax: min(itemsMax, Limits.prefixes), bytesMax: bytesMax,
            success: success, isSoft: isSoft)
        var capabilities = endpoint.capabilities
        (capabilities.accepts, capabilities.wideKinds) = (.all, [])
        capabilities.readsLog = true
        self.capabilities = capabilities
    }

    public var headers: [EdgeHeader] { endpoint.headers }

    public func plan(_ batch: PurgeBatch) -> CallPlan { endpoint.plan(batch) }

    public func outcome(of result: HTTPClientResult, for call: EdgeCall) -> CallOutcome {
        endpoint.outcome(of: result, for: call)
    }

    public func probes(_ token: String, namespace: Namespace) -> [EdgeProbe] {
        endpoint.probes(token, namespace: namespace)
    }
}
