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
/// Blocks its thread, for one call's timeout per probe at most, and for the time that names take to be looked up.
public enum EdgeChecker {
    /// - Parameter token: makes the probes' tags and paths unique; letters, digits and `-`.
    public static func check(_ edge: EdgeConfiguration, token: String) -> EdgeVerdict {
        if let problem = EdgeNames.problem(of: edge) {
            let finding = EdgeVerdict.Finding(
                method: "lookup", kinds: edge.accepts, failure: PurgeFailure(.permanentTarget, problem), duration: .zero
            )
            return EdgeVerdict(edge: edge.name, address: edge.address.text, findings: [finding])
        }
        var headers = HeaderLists(edge)
        var findings: [EdgeVerdict.Finding] = []
        for probe in edge.probes(token) {
            let start = ContinuousClock.now
            var run = ProbeRun(probe, at: edge, fetches: true)
            while let call = run.call {
                run.record(perform(edge.request(call, &headers, timeout: run.timeout)))
            }
            findings.append(
                EdgeVerdict.Finding(
                    method: (probe.mode == .soft ? "soft " : "") + probe.purge.method, kinds: probe.kinds,
                    failure: run.failure.map { advised($0, probe) },
                    duration: ContinuousClock.now - start))
            // The next would only wait for the same.
            if let failure = run.failure, failure.status == nil, !failure.isPermanent { break }
        }
        return EdgeVerdict(edge: edge.name, address: edge.address.text, findings: findings)
    }

    private static func perform(_ request: HTTPClientRequest) -> HTTPClientResult {
        do {
            return .response(try HTTPFetch.perform(request))
        } catch {
            return .failure(error)
        }
    }

    /// Soft purges have a way out.
    private static func advised(_ failure: PurgeFailure, _ probe: EdgeProbe) -> PurgeFailure {
        guard probe.mode == .soft else { return failure }
        var failure = failure
        failure.message += "; this was a soft purge: with `soft: false` they are made as hard ones here"
        return failure
    }
}
