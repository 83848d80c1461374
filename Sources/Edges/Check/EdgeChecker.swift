internal import HTTP
public import Invalidations

/// What `cachesync edges check` found out about one edge.
public struct EdgeVerdict: Sendable {
    public let edge: String
    public let address: String
    /// One for each probe.
    public let findings: [Finding]

    public struct Finding: Hashable, Sendable {
        /// What was asked for, such as "PURGEKEYS".
        public let method: String
        public let kinds: SelectorKinds
        /// Nil when the edge purges as it should; otherwise why not, and what to do.
        public let failure: PurgeFailure?
        public let duration: Duration
    }

    public var isUsable: Bool { findings.allSatisfy { $0.failure == nil } }
}

/// Asks edges to purge what nobody has cached: whether they are there, let us in and know the calls.
///
/// Blocks its thread, for one call's timeout per probe at most.
public enum EdgeChecker {
    /// - Parameter token: makes the probes' tags and paths unique; letters, digits and `-`.
    public static func check(_ edge: EdgeConfiguration, token: String) -> EdgeVerdict {
        var headers = HeaderLists(edge)
        var findings: [EdgeVerdict.Finding] = []
        for call in edge.adapter.probes(token, namespace: namespace(of: edge)) {
            guard call.kinds.isSubset(of: edge.takes) else { continue }
            let start = ContinuousClock.now
            let result: HTTPClientResult
            do {
                result = .response(try HTTPFetch.perform(edge.request(call, headers: headers.list(for: call.host))))
            } catch {
                result = .failure(error)
            }
            var failure: PurgeFailure?
            if case .failed(let found, _) = edge.outcome(of: result, for: call) { failure = found }
            findings.append(
                EdgeVerdict.Finding(
                    method: call.method, kinds: call.kinds, failure: failure, duration: ContinuousClock.now - start))
            // The next would only wait for the same.
            if case .failure = result { break }
        }
        return EdgeVerdict(edge: edge.name, address: edge.address.text, findings: findings)
    }

    /// One that the edge serves.
    private static func namespace(of edge: EdgeConfiguration) -> Namespace {
        for case .exactly(let name) in edge.namespaces {
            if let namespace = Namespace(name) { return namespace }
        }
        return .default
    }
}
